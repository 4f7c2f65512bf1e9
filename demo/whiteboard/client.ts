// The script of the page: what the objects look like, and what people can do with them.

import "./own-page.ts";
import { register } from "objectsync/elements";
import { BoardElement } from "./elements/board.ts";
import { GroupElement } from "./elements/group.ts";
import { PersonElement } from "./elements/person.ts";
import { ShapeElement } from "./elements/shape.ts";
import { SlowSyncElement } from "./elements/slow-sync.ts";
import { theme } from "./elements/theme.ts";

document.adoptedStyleSheets.push(theme);

register("board", BoardElement);
register("group", GroupElement);
register("shape", ShapeElement);
register("person", PersonElement);
customElements.define("slow-sync", SlowSyncElement);
document.body.append(new SlowSyncElement());
