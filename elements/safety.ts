/**
 * What a page lets the wire write into its DOM: one table of names and the functions that read it. The browser asks
 * before every DOM write, the server's html model before it accepts a value, `toHTML` before it prints.
 *
 * - An allow-list: a name or scheme that stands nowhere below is refused. A class widens the list in code, through
 *   `widen`; the wire never does. What the NEVER lists name stays out under any policy, even one built by hand.
 * - The core is the default of the HTML Sanitizer API as `new Sanitizer().get()` gives it, less `html`, `head` and
 *   `body`, which the page owns, and less MathML's `form`, which on a button joins a form elsewhere in the page. Media,
 *   form controls, SVG paint servers, `target`, `class`, `id`, `aria-*`, `data-*` and the like are ours.
 * - Attributes are one list for all elements: no allowed element gives a harmless name a dangerous meaning. Where the
 *   meaning hangs on the element, `isAllowedValue` says so.
 * - Names are compared in ASCII lower case, as the DOM does: "K" (U+212A) is not "k".
 * - Values are judged as `setAttribute(name, value)` and `style.setProperty(property, value)` take them. Neither decodes
 *   entities, so `javascript&#58;` is a harmless relative URL. Assigning to properties is not covered.
 * - Where in doubt the answer is no. Every check is linear in the length of the value.
 *
 * Not here: which client may write at all (the server's access rules), `rel="noopener"` beside a `target` (the binding
 * adds it), and printing: `toHTML` must escape `<`, `>`, `&` and quotes in text and attributes alike. A page that reads
 * `data-*` as code, as some libraries do, opens a door that this list cannot see.
 */
import { describeValue, ObjectSyncError } from "../core/error.ts";

/** What a page accepts. Every entry is in ASCII lower case; schemes carry no colon. */
export interface SafetyPolicy {
  readonly tags: ReadonlySet<string>;
  readonly attributes: ReadonlySet<string>;
  readonly schemes: ReadonlySet<string>;
}

/** Names for `widen`. Case does not matter. */
export interface Widening {
  readonly tags?: readonly string[];
  readonly attributes?: readonly string[];
  /** Without the colon. They hold wherever a link may point; a form's action stays within the page's own origin. */
  readonly schemes?: readonly string[];
}

/** Who wrote a style: the server's code, or a client through a topic that clients may write. */
export type StyleWriter = "server" | "client";

const names = (...lists: string[]): ReadonlySet<string> => new Set(lists.join(" ").split(" "));

/** What a drawing is made of: the sanitizer's default without `foreignObject`, which leads out of it, and what is ours. */
const DRAWING = [
  "svg circle defs desc ellipse g line marker metadata path polygon polyline rect text textpath tspan",
  // What drawings and icons refer to. The sanitizer leaves out `use`, whose `data:` URLs ran scripts once; here its `href`
  // is a fragment.
  "clippath lineargradient mask pattern radialgradient stop symbol use",
];
const SVG_TAGS = names(...DRAWING, "a title");

/** The least a user interface needs. See the head of this file for what comes from the standard. */
export const DEFAULT_POLICY: SafetyPolicy = Object.freeze({
  tags: names(
    // The sanitizer's default: HTML, SVG, MathML.
    "article section nav aside h1 h2 h3 h4 h5 h6 hgroup header footer address main search",
    "p hr pre blockquote ol ul menu li dl dt dd figure figcaption div title",
    "a em strong small s cite q dfn abbr ruby rt rp data time code var samp kbd sub sup i b u mark bdi bdo span br wbr",
    "ins del table caption colgroup col tbody thead tfoot tr td th",
    ...DRAWING,
    "foreignobject",
    "math merror mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms mspace msqrt mstyle msub",
    "msubsup msup mtable mtd mtext mtr munder munderover semantics",
    // Ours: what an application shows and asks. None of them runs anything; their URLs are checked.
    "img picture source audio video track canvas",
    "button datalist details dialog fieldset form input label legend meter optgroup option output progress select",
    "summary textarea",
  ),
  attributes: names(
    // The sanitizer's default: HTML, SVG, MathML.
    "dir lang title cite colspan rowspan headers scope abbr span start reversed type value datetime href hreflang",
    "cx cy r rx ry x y x1 x2 y1 y2 dx dy d points pathlength height width viewbox preserveaspectratio lengthadjust",
    "rotate textlength method path side spacing startoffset markerheight markerunits markerwidth orient refx refy",
    "alignment-baseline baseline-shift clip-path clip-rule color color-interpolation cursor direction display",
    "dominant-baseline fill fill-opacity fill-rule font-family font-size font-size-adjust font-stretch font-style",
    "font-variant font-weight letter-spacing marker-end marker-mid marker-start opacity paint-order pointer-events",
    "shape-rendering stop-color stop-opacity stroke stroke-dasharray stroke-dashoffset stroke-linecap stroke-linejoin",
    "stroke-miterlimit stroke-opacity stroke-width text-anchor text-decoration text-overflow text-rendering transform",
    "transform-origin unicode-bidi vector-effect visibility white-space word-spacing writing-mode",
    "displaystyle mathbackground mathcolor mathsize scriptlevel fence largeop lspace maxsize minsize movablelimits",
    "rspace separator stretchy symmetric accent accentunder depth voffset columnspan",
    // Ours, on any element; `aria-*` and `data-*` beside them.
    "autocapitalize autofocus class draggable enterkeyhint hidden id inert inputmode part role slot spellcheck tabindex",
    "translate",
    // Ours, for links, media, form controls and paint servers.
    "download rel target",
    "alt autoplay controls decoding default kind label loading loop media muted playsinline poster preload sizes src",
    "srclang srcset",
    "accept action autocomplete checked cols disabled enctype for formaction formmethod formnovalidate high list low max",
    "maxlength min minlength multiple name novalidate open optimum pattern placeholder readonly required rows selected",
    "size step wrap",
    "clippathunits fr fx fy gradienttransform gradientunits mask maskcontentunits maskunits offset patterncontentunits",
    "patterntransform patternunits spreadmethod",
  ),
  schemes: names("http https mailto tel"),
});

const NEVER_TAGS = names(
  "script style link base meta object embed applet frame frameset",
  // These set attributes of other elements, `href` too.
  "animate animatemotion animatetransform set",
  // Their content is read in another way than it was written.
  "noscript template noembed noframes xmp plaintext",
  // They look like custom elements and are none.
  "annotation-xml color-profile font-face font-face-format font-face-name font-face-src font-face-uri missing-glyph",
);
/** And all that begins with `on`. Styles have their own binding: `isAllowedStyle`. */
const NEVER_ATTRIBUTES = names("srcdoc style is nonce attributename xml:base");
/** `data` and `blob` are let through where they are pictures and sounds; a link to one may be a page that runs. */
const NEVER_SCHEMES = names("javascript vbscript data blob filesystem");

const URLS = names("href xlink:href src cite poster background longdesc data codebase classid manifest profile icon");
const URL_LISTS = names("srcset imagesrcset ping archive attributionsrc");
/** A form sends what the user typed: only to the page's own origin. */
const LOCAL_URLS = names("action formaction");
/** `href` of any other native element, such as `use` or a gradient, is a fragment of the page. */
const LINKING_TAGS = names("a area image");
const BLOB_TAGS = names("img audio video source");
/** No SVG: opened in a tab of its own it is a page. */
const RASTER = "image/(?:png|gif|jpeg|webp|avif)";
const RASTER_TYPE = new RegExp(`^${RASTER}$`, "i");
const RASTER_URL = new RegExp(`^data:${RASTER}[;,]`, "i");
/** Attributes that are CSS and can refer to a file: only `url(#fragment)`, without quotes. */
const REFERRING = names("fill stroke clip-path mask filter cursor marker marker-start marker-mid marker-end");

/**
 * Clobbering: `name` of a form or image, read as `document.cookie`, hides the real one, so only controls have it. In a
 * form the `name` and `id` of a control hide the form's own members, so those that scripts live on are refused. An `id`
 * is otherwise free: as a global it never hides what exists.
 */
const NAMED_TAGS = names("button details fieldset input output select textarea");
const CLOBBERING = names(
  "__proto__ constructor hasOwnProperty toString valueOf addEventListener removeEventListener dispatchEvent",
  "after append appendChild assignedSlot attributes before checkValidity childNodes children classList className",
  "cloneNode closest compareDocumentPosition contains dataset elements firstChild firstElementChild getAttribute",
  "getAttributeNames getBoundingClientRect getElementsByTagName getRootNode hasAttribute hasChildNodes innerHTML",
  "insertAdjacentElement insertAdjacentHTML insertBefore isConnected lastChild lastElementChild localName matches",
  "moveBefore namespaceURI nextElementSibling nextSibling nodeName nodeType nodeValue outerHTML ownerDocument",
  "parentElement parentNode prepend previousElementSibling previousSibling querySelector querySelectorAll remove",
  "removeAttribute removeChild replaceChild replaceChildren replaceWith reportValidity requestSubmit reset setAttribute",
  "shadowRoot style submit tagName textContent toggleAttribute",
);

const CUSTOM_ELEMENT = /^[a-z][a-z0-9._]*-[a-z0-9._-]*$/;
const PREFIXED_ATTRIBUTE = /^(?:aria|data)-[a-z0-9._-]+$/;

/**
 * The policy and more. Throws `invalid_name` for a name of the wrong form and for what no policy may hold: event
 * handlers, `style`, `srcdoc`, `script`, `base` and their like, `javascript:`, `data:`. The values of a URL attribute
 * are checked after it is let in; those of other attributes are the class's own to think of.
 */
export function widen(policy: SafetyPolicy, more: Widening): SafetyPolicy {
  return Object.freeze({
    tags: union("tag", policy.tags, more.tags, /^[a-z][a-z0-9._-]*$/, (tag) => NEVER_TAGS.has(tag)),
    attributes: union("attribute", policy.attributes, more.attributes, /^[a-z][a-z0-9._:-]*$/, isNeverAttribute),
    schemes: union("scheme", policy.schemes, more.schemes, /^[a-z][a-z0-9+.-]*$/, (name) => NEVER_SCHEMES.has(name)),
  });
}

function union(
  what: string,
  known: ReadonlySet<string>,
  more: readonly string[] | undefined,
  form: RegExp,
  isNever: (name: string) => boolean,
): ReadonlySet<string> {
  const all = new Set(known);
  for (const given of more ?? []) {
    const name = asciiLowerCase(given);
    if (!form.test(name))
      throw new ObjectSyncError("invalid_name", `${describeValue(given)} is not the name of a ${what}`);
    if (isNever(name))
      throw new ObjectSyncError("invalid_name", `no policy may allow the ${what} ${describeValue(given)}`);
    all.add(name);
  }
  return all;
}

/**
 * Whether an element of this name may be created. A custom element may if the page registered it: on the page, give
 * `(tag) => customElements.get(tag) !== undefined`. Without the function no custom element is allowed but those that the
 * policy names. The function is called with the name in lower case.
 */
export function isAllowedTag(
  tag: string,
  policy: SafetyPolicy = DEFAULT_POLICY,
  isCustomElementRegistered: (tag: string) => boolean = () => false,
): boolean {
  const name = asciiLowerCase(tag);
  if (NEVER_TAGS.has(name)) return false;
  return policy.tags.has(name) || (CUSTOM_ELEMENT.test(name) && isCustomElementRegistered(name));
}

/**
 * Whether an element of this name may be created in the SVG namespace: as `isAllowedTag`, less all that is no part of a
 * drawing. What a class has widened the policy by may be one.
 */
export function isAllowedSvgTag(tag: string, policy: SafetyPolicy = DEFAULT_POLICY): boolean {
  const name = asciiLowerCase(tag);
  return isAllowedTag(name, policy) && (SVG_TAGS.has(name) || !DEFAULT_POLICY.tags.has(name));
}

/** Whether bytes of this media type may be shown as a picture: a raster image's, without parameters. */
export function isAllowedImageType(mediaType: string): boolean {
  return RASTER_TYPE.test(mediaType);
}

/**
 * Whether `setAttribute(name, value)` may be called on an element of this tag. Does not say whether the tag is allowed.
 * Where `target` is set, the caller sets `rel="noopener"` too.
 */
export function isAllowedAttribute(
  tag: string,
  name: string,
  value: string,
  policy: SafetyPolicy = DEFAULT_POLICY,
): boolean {
  const element = asciiLowerCase(tag);
  const attribute = asciiLowerCase(name);
  if (NEVER_TAGS.has(element) || isNeverAttribute(attribute)) return false;
  if (PREFIXED_ATTRIBUTE.test(attribute)) return true;
  return policy.attributes.has(attribute) && isAllowedValue(element, attribute, value, policy);
}

function isAllowedValue(tag: string, attribute: string, value: string, policy: SafetyPolicy): boolean {
  if (URLS.has(attribute)) return isAllowedReference(tag, attribute, value, policy);
  // The pieces of a list are its URLs, cut at their commas, and descriptors like `2x`, which pass for relative URLs.
  if (URL_LISTS.has(attribute)) return value.split(/[\s,]+/).every((url) => isAllowedUrl(url, policy));
  if (LOCAL_URLS.has(attribute)) return schemeOf(value) === "" && !/^[/\\]{2}/.test(strip(value));
  if (REFERRING.has(attribute)) return isAllowedStyle(attribute, value.replace(/url\(#[\w.:-]+\)/gi, "none"), "client");
  switch (attribute) {
    case "name":
      return NAMED_TAGS.has(tag) && !CLOBBERING.has(value);
    case "id":
      return !CLOBBERING.has(value);
    // Named windows and outer frames belong to somebody else.
    case "target":
      return /^_(?:blank|self)$/i.test(value);
    // `rel="opener"` would take back the `noopener` that goes with a target.
    case "rel":
      return !asciiLowerCase(value).split(/\s+/).includes("opener");
    default:
      return true;
  }
}

function isAllowedReference(tag: string, attribute: string, url: string, policy: SafetyPolicy): boolean {
  if (attribute.endsWith("href") && !LINKING_TAGS.has(tag) && !tag.includes("-")) return /^#[^\s]*$/.test(url);
  if (attribute === "src" && BLOB_TAGS.has(tag) && schemeOf(url) === "blob") return true;
  if (attribute === "src" && tag === "img" && RASTER_URL.test(strip(url))) return true;
  return isAllowedUrl(url, policy);
}

/** Whether a page may link to this URL: it is relative, or its scheme is one of the policy's. */
export function isAllowedUrl(url: string, policy: SafetyPolicy = DEFAULT_POLICY): boolean {
  const scheme = schemeOf(url);
  return scheme === "" || (scheme !== undefined && !NEVER_SCHEMES.has(scheme) && policy.schemes.has(scheme));
}

/** In lower case; empty for a relative URL; undefined where control characters stand inside, which nobody needs. */
function schemeOf(url: string): string | undefined {
  const stripped = strip(url);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\0-\x1f\x7f]/.test(stripped)) return undefined;
  return asciiLowerCase(/^([a-z][a-z0-9+.-]*):/i.exec(stripped)?.[1] ?? "");
}

/** What the URL parser takes away before it looks for a scheme. */
function strip(url: string): string {
  return url.replace(/[\t\n\r]/g, "").replace(/^[\0-\x20]+/, "");
}

/** The functions that a client may use in a style. None fetches, draws another element or reads an attribute. */
const STYLE_FUNCTIONS = names(
  "rgb rgba hsl hsla hwb lab lch oklab oklch color color-mix light-dark",
  "calc min max clamp round mod rem sin cos tan asin acos atan atan2 pow sqrt hypot log exp abs sign var env",
  "matrix matrix3d perspective rotate rotate3d rotatex rotatey rotatez scale scale3d scalex scaley scalez",
  "skew skewx skewy translate translate3d translatex translatey translatez",
  "linear-gradient radial-gradient conic-gradient",
  "repeating-linear-gradient repeating-radial-gradient repeating-conic-gradient",
  "blur brightness contrast drop-shadow grayscale hue-rotate invert opacity saturate sepia",
  "circle ellipse inset polygon rect xywh path shape ray cubic-bezier steps linear",
  "repeat minmax fit-content counter counters anchor anchor-size",
);
const NEVER_PROPERTIES = names("behavior -ms-behavior -moz-binding");

const PROPERTY = /^(?:-?[a-z][a-z0-9-]*|--[\w-]+)$/;
/** Quoted strings, and `url(…)` without quotes: the only places where CSS means nothing by its own marks. */
const LITERAL = /"(?:[^"\\\n\r\f]|\\[^\n\r\f])*"|'(?:[^'\\\n\r\f]|\\[^\n\r\f])*'|url\([^"'()\\]*\)/gi;
// The look-behind starts each word once, which keeps the search linear.
const FUNCTION = /(?<![\w\u0080-\uffff-])[\w\u0080-\uffff-]*\(/g;
/**
 * What moves an element elsewhere, or before others, without a vendor's prefix. The offsets, and what steers positions
 * and transforms, are here since a style sheet of the page may have begun it. A place in a grid may be that of another
 * item. Not here: `float`, which stays in its container and makes room; `animation` and `transition`, which only play
 * what the page wrote; `will-change`, which moves nothing.
 */
const DISPLACING = new RegExp(
  "^(?:top|right|bottom|left|z-index|order|box-ordinal-group|zoom|scale|translate|rotate" +
    "|(?:transform|perspective|offset|inset|position|anchor)(?:-.*)?" +
    "|grid-(?:area|(?:row|column)(?:-start|-end)?))$",
);
/** Neither a minus nor a function, which may come to less than nothing. */
const MARGIN = /^(?!.*inherit)[\w.%\s]*$/is;
const OUT_OF_FLOW = /(?<![\w-])(?:-webkit-)?(?:fixed|sticky)(?![\w-])/i;

/**
 * Whether `style.setProperty(property, value)` may be called. `property` is a CSS property in lower case with hyphens, or
 * a custom property; other spellings are refused, so translate them first. Values are one value: no `;`, braces,
 * comments or `!important` outside of strings, strings and brackets closed.
 *
 * A client's style may neither fetch nor be moved out of its place: only known functions, which `url(` is not;
 * `position` is `static` or `relative` in so many words; offsets, transforms, `z-index`, places in a grid and their like
 * are refused (`DISPLACING`); margins are not negative; `all` is refused, since `all: inherit` copies the position of the
 * parent. Escapes are refused, so that a word is what it looks like: send the character itself.
 *
 * What remains possible: large sizes push the neighbours away, and what does not fit its box is painted over them and
 * takes their clicks; so are shadows and outlines painted over them. A box around open styles with `contain: paint` or
 * `overflow: hidden` cuts all this off, and nothing that is allowed here gets out of such a box.
 *
 * Custom properties are checked alike, since the page's own rules may use them: a URL or the words `fixed` and `sticky`
 * do not get into one. The other end is closed too, `position: var(--x)` is refused. `var()` elsewhere is free: it
 * cannot put a function together from parts, and only finds what this check or the page itself let in. Strings are free:
 * a page that writes `src(var(--x))` or `image-set(var(--x))` in its own style sheet asks for what it gets.
 */
export function isAllowedStyle(property: string, value: string, from: StyleWriter): boolean {
  if (!PROPERTY.test(property) || NEVER_PROPERTIES.has(property)) return false;
  const bare = value.replace(LITERAL, (literal) => (/^["']/.test(literal) ? " " : "url()"));
  if (/[;{}"'!]|\/\*|expression\(/i.test(bare) || !isBalanced(bare)) return false;
  if (from === "server") return true;
  if (value.includes("\\") || property === "all") return false;
  if (property === "position") return /^(?:static|relative)?$/i.test(value.trim());
  const unprefixed = property.replace(/^-(?:webkit|moz|ms|o)-/, "");
  if (DISPLACING.test(unprefixed) || (unprefixed.startsWith("margin") && !MARGIN.test(value))) return false;
  if (property.startsWith("--") && OUT_OF_FLOW.test(bare)) return false;
  return (bare.match(FUNCTION) ?? []).every(
    (head) => head === "(" || STYLE_FUNCTIONS.has(asciiLowerCase(head.slice(0, -1))),
  );
}

function isBalanced(text: string): boolean {
  const open: string[] = [];
  for (const [mark] of text.matchAll(/[()[\]]/g)) {
    if (mark === "(" || mark === "[") open.push(mark);
    else if (open.pop() !== (mark === ")" ? "(" : "[")) return false;
  }
  return open.length === 0;
}

function isNeverAttribute(name: string): boolean {
  return name.startsWith("on") || NEVER_ATTRIBUTES.has(name);
}

/** `toLowerCase` turns some other letters into ASCII ones. */
function asciiLowerCase(text: string): string {
  return /[A-Z]/.test(text) ? text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : text;
}
