// The script of the page: what the objects look like. Which objects there are, and what they say, is the server's.

import { register } from "objectsync/elements";
import { ExplorerElement } from "./elements/explorer.ts";
import { FileElement } from "./elements/file.ts";
import { FolderElement } from "./elements/folder.ts";
import { PreviewElement } from "./elements/preview.ts";
import { theme } from "./elements/theme.ts";

document.adoptedStyleSheets.push(theme);

register("explorer", ExplorerElement);
register("folder", FolderElement);
register("file", FileElement);
register("preview", PreviewElement);
