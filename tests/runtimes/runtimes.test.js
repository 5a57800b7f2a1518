// Every case in every runtime, and the table of them.

import { names } from "./end-to-end.js";
import { everyCasePasses } from "./matrix.js";
import { runtimes } from "./runtimes.js";

everyCasePasses(names, runtimes);
