// The script of the page: what the objects look like, and what people can do with them.

import { ObjectSyncElement, register } from "objectsync/elements";
import { BoardElement } from "./elements/board.ts";
import { GroupElement } from "./elements/group.ts";
import { PersonElement } from "./elements/person.ts";
import { ShapeElement } from "./elements/shape.ts";
import { theme } from "./elements/theme.ts";
import { line } from "./line.ts";

document.adoptedStyleSheets.push(theme);

ObjectSyncElement.clientOptions = { dial: line.dial };

register("board", BoardElement);
register("group", GroupElement);
register("shape", ShapeElement);
register("person", PersonElement);
