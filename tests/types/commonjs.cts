// A CommonJS program gets the CommonJS half of the types.

import tokenwell = require("tokenwell");
import { lucca, TokenwellError } from "tokenwell";

export const api: tokenwell.LuccaClient = lucca({ account: "example" });
export const isError = (thrown: unknown): thrown is TokenwellError => thrown instanceof tokenwell.TokenwellError;

// @ts-expect-error: an option that does not exist
tokenwell.lucca({ account: "example", clientID: "id" });
