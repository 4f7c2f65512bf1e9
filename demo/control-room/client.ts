// The script of the page: what the objects look like. Which objects there are, and what they say, is the server's.

import { register } from "objectsync/elements";
import { CoreElement } from "./elements/core.ts";
import { DashboardElement } from "./elements/dashboard.ts";
import { FilterElement } from "./elements/filter.ts";
import { NotesElement } from "./elements/notes.ts";
import { ProcessElement } from "./elements/process.ts";
import { ProcessesElement } from "./elements/processes.ts";
import { theme } from "./elements/theme.ts";
import { TrendElement } from "./elements/trend.ts";
import { ViewerElement } from "./elements/viewer.ts";

document.adoptedStyleSheets.push(theme);

register("dashboard", DashboardElement);
register("viewer", ViewerElement);
register("trend", TrendElement);
register("core", CoreElement);
register("processes", ProcessesElement);
register("process", ProcessElement);
register("filter", FilterElement);
register("notes", NotesElement);
