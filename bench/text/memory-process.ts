// The process in which one kind of text is measured. Arguments: the kind's name, the path of the trace.

import { loadYjs } from "../peers/yjs.ts";
import { measureMemory } from "./memory.ts";
import { textKinds } from "./texts.ts";

const [name = "", path = ""] = process.argv.slice(2);
const make = textKinds(await loadYjs()).get(name);
if (!make) throw new Error(`there is no ${name}`);
process.send?.(await measureMemory(make, path));
