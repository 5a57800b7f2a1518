// What is nicer with a script: the lifetimes count down, and tokens are shown without another page. All else works
// without it.

const units = [[3600, "h"], [60, "min"], [1, "s"]];

function words(seconds) {
  const parts = units.map(([size, unit], index) => [Math.floor(seconds / size) % (index === 0 ? Infinity : 60), unit]);
  const first = parts.findIndex(([count]) => count > 0);
  return first < 0 ? "0 s" : parts.slice(first).map(([count, unit]) => `${count} ${unit}`).join(" ");
}

const start = performance.now();

function tick() {
  for (const time of document.querySelectorAll("time[data-seconds]")) {
    const left = Math.max(0, Number(time.dataset.seconds) - Math.floor((performance.now() - start) / 1000));
    time.textContent = words(left);
  }
}

setInterval(tick, 1000);

async function toggle(form) {
  const button = form.querySelector("button");
  const place = document.getElementById(button.getAttribute("aria-controls"));
  const label = button.firstChild;
  if (form.dataset.masked !== undefined) {
    place.textContent = form.dataset.masked;
    label.data = "Reveal";
    delete form.dataset.masked;
    return;
  }
  const response = await fetch(form.action, {
    method: "POST",
    headers: { accept: "text/plain" },
    body: new URLSearchParams(new FormData(form)),
  });
  if (!response.ok) return location.reload();
  form.dataset.masked = place.textContent;
  place.textContent = await response.text();
  label.data = "Hide";
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form.reveal")) return;
  event.preventDefault();
  toggle(event.target);
});
