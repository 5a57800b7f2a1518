import { init, lucca } from "tokenwell/slim";
import module from "tokenwell/tokenwell.wasm";

init(module);
init(new Uint8Array());

export const api = lucca({ account: "example" });

// @ts-expect-error: an address is no module
init("tokenwell.wasm");
