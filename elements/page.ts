// The script of the page that a standalone server serves: the elements of the package, and the tree.

import "./index.ts";
import "./chart/index.ts";

if (!document.querySelector("object-sync")) document.body.append(document.createElement("object-sync"));
