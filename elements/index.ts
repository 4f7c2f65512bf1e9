import { BoxElement } from "./box/view.ts";
import { InputElement } from "./input/view.ts";
import { ObjectSyncElement } from "./object-sync-element.ts";
import { register } from "./register.ts";
import { TextElement } from "./text/view.ts";

register("text", TextElement);
register("box", BoxElement);
register("input", InputElement);
if (!customElements.get("object-sync")) customElements.define("object-sync", ObjectSyncElement);

export { css, html, nothing, svg, unsafeCSS } from "lit";
export { BoxElement } from "./box/view.ts";
export { InputElement } from "./input/view.ts";
export { Mount } from "./mount.ts";
export { ObjectSyncElement } from "./object-sync-element.ts";
export { type ElementClass, register } from "./register.ts";
export { DEFAULT_POLICY, type SafetyPolicy, type Widening, widen } from "./safety.ts";
export { SObjectElement } from "./sobject-element.ts";
export { TextElement } from "./text/view.ts";
export { TrackController } from "./track-controller.ts";
