// Charts come by themselves: whoever shows none need not load what draws them.

import { register } from "../register.ts";
import { ChartElement } from "./view.ts";

register("chart", ChartElement);

export { ChartElement } from "./view.ts";
