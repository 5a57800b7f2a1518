// Contestants take turns, in a fresh random order each round: what the machine does meanwhile hits all alike.

/** The middle of a list of numbers. */
export function median(values) {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

function shuffle(list) {
  for (let last = list.length - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1));
    [list[last], list[other]] = [list[other], list[last]];
  }
}

/**
 * Lets contestants race.
 *
 * @param {Record<string, () => unknown>} contestants each awaited; one that gives a number says itself how many ns it took
 * @param {{ rounds: number, calls?: number, warmUp?: number }} extent a round measures so many `calls` of each
 * @returns {Promise<Record<string, number>>} the median of one call, in ns
 */
export async function race(contestants, { rounds, calls = 1, warmUp = Math.ceil(rounds / 10) }) {
  const runners = Object.entries(contestants).map(([name, call]) => ({ name, call, times: [] }));
  for (let round = -warmUp; round < rounds; round++) {
    shuffle(runners);
    for (const { call, times } of runners) {
      const start = process.hrtime.bigint();
      let said;
      for (let index = 0; index < calls; index++) said = await call();
      const took = Number(process.hrtime.bigint() - start) / calls;
      if (round >= 0) times.push(typeof said === "number" ? said : took);
    }
  }
  // In the order in which they were given.
  return Object.fromEntries(
    Object.keys(contestants).map((name) => [name, median(runners.find((runner) => runner.name === name).times)]),
  );
}
