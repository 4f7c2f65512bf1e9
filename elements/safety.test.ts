import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  DEFAULT_POLICY,
  isAllowedAttribute,
  isAllowedImageType,
  isAllowedStyle,
  isAllowedSvgTag,
  isAllowedTag,
  isAllowedUrl,
  type SafetyPolicy,
  type Widening,
  widen,
} from "./safety.ts";

const PAGE = "https://page.example/";
const shown = (text: string) =>
  JSON.stringify(text).replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`);

describe("[DE-09] tags", () => {
  const allowed =
    "div DIV p h1 a img button input label select option textarea form table td ul li svg SVG circle".split(" ");
  allowed.push("linearGradient", "foreignObject", "textPath", "math", "mfrac", "video", "dialog", "progress", "use");
  it.each(allowed)("<%s> is allowed", (tag) => {
    expect(isAllowedTag(tag)).toBe(true);
  });

  const refused = "script SCRIPT ScRiPt style STYLE iframe object embed base meta link applet frame frameset".split(
    " ",
  );
  refused.push(
    "animate",
    "set",
    "animateTransform",
    "noscript",
    "template",
    "xmp",
    "plaintext",
    "html",
    "head",
    "body",
  );
  refused.push(
    "marquee",
    "isindex",
    "svg:script",
    "script ",
    " script",
    "script/",
    "div>",
    "div onclick=x",
    "a b",
    "",
    "#text",
  );
  refused.push(
    "script\0",
    "a\0",
    "\u017fcript",
    "\u017fvg",
    "lin\u212a",
    "mar\u212a",
    "MAR\u212a",
    "\u0130nput",
    "annotation-xml",
    "font-face",
  );
  it.each(refused.map((tag) => [shown(tag), tag]))("<%s> is refused", (_, tag) => {
    expect(isAllowedTag(tag)).toBe(false);
  });

  it("a custom element is allowed when the page registered it, and is asked for in lower case", () => {
    const asked: string[] = [];
    const isRegistered = (tag: string) => asked.push(tag) > 0 && tag === "os-text";
    expect(isAllowedTag("os-text")).toBe(false);
    expect(isAllowedTag("OS-Text", DEFAULT_POLICY, isRegistered)).toBe(true);
    expect(isAllowedTag("os-other", DEFAULT_POLICY, isRegistered)).toBe(false);
    expect(asked).toEqual(["os-text", "os-other"]);
  });

  it("a page that says yes to everything still gets no malformed or reserved name", () => {
    for (const tag of [
      "annotation-xml",
      "font-face-uri",
      "x-a>",
      "x-a b",
      "-x",
      "1-x",
      "x-\0",
      "script",
      "x-a/",
      "x-\u212a",
    ]) {
      expect(
        isAllowedTag(tag, DEFAULT_POLICY, () => true),
        tag,
      ).toBe(false);
    }
  });
});

describe("[OP-13] drawings and pictures", () => {
  it("have the tags of SVG that lead out of no drawing, and what the page's code adds", () => {
    const allowed = ["svg", "circle", "linearGradient", "textPath", "use", "a", "title"];
    expect(allowed.filter((tag) => !isAllowedSvgTag(tag))).toEqual([]);
    const refused = [
      "foreignObject",
      "script",
      "SCRIPT",
      "style",
      "animate",
      "set",
      "image",
      "div",
      "x-a",
      "",
      "\u017fvg",
    ];
    expect(refused.filter((tag) => isAllowedSvgTag(tag))).toEqual([]);
    const wider = widen(DEFAULT_POLICY, { tags: ["feBlend"] });
    expect(["feBlend", "div", "foreignObject"].filter((tag) => isAllowedSvgTag(tag, wider))).toEqual(["feBlend"]);
  });

  it("are of raster images only, by their whole media type", () => {
    const types = [
      "image/png",
      "IMAGE/JPEG",
      "image/webp",
      "image/svg+xml",
      "text/html",
      "image/png,x",
      " image/png",
      "",
    ];
    expect(types.filter(isAllowedImageType)).toEqual(["image/png", "IMAGE/JPEG", "image/webp"]);
  });
});

/** Tag, attribute, value. */
type Case = readonly [tag: string, name: string, value: string];

const attributeAttacks: Case[] = [
  // Handlers and what makes code of a value.
  ["img", "onerror", "alert(1)"],
  ["img", "OnErRoR", "alert(1)"],
  ["div", "onclick", ""],
  ["svg", "onload", "alert(1)"],
  ["details", "ontoggle", "alert(1)"],
  ["div", "on", ""],
  ["div", "on-anything", "x"],
  ["div", " onclick", "alert(1)"],
  ["div", "x onclick", "alert(1)"],
  ["div", "data-x onclick", "alert(1)"],
  ["div", "data-x=y onclick", "alert(1)"],
  ["div", "aria-label>", "x"],
  ["div", "data-", "x"],
  ["div", "\u017ftyle", "x"],
  ["div", "style", "color: red"],
  ["div", "STYLE", "background: url(//evil)"],
  ["iframe", "srcdoc", "<script>alert(1)</script>"],
  ["button", "is", "evil-button"],
  ["script", "nonce", "x"],
  ["script", "src", "/x.js"],
  ["meta", "content", "0;url=javascript:alert(1)"],
  ["meta", "http-equiv", "refresh"],
  ["animate", "attributeName", "href"],
  ["animate", "to", "javascript:alert(1)"],
  ["svg", "xml:base", "javascript:alert(1)//"],
  ["a", "__proto__", "x"],
  ["a", "constructor", "x"],
  // Schemes.
  ["a", "href", "javascript:alert(1)"],
  ["a", "HREF", "JaVaScRiPt:alert(1)"],
  ["a", "href", " javascript:alert(1)"],
  ["a", "href", "java\tscript:alert(1)"],
  ["a", "href", "java\nscript:alert(1)"],
  ["a", "href", "java\r\nscript:alert(1)"],
  ["a", "href", "j\na\nv\na\ns\nc\nr\ni\np\nt\n:alert(1)"],
  ["a", "href", "javascript\t:alert(1)"],
  ["a", "href", "\u0001javascript:alert(1)"],
  ["a", "href", "\u0000javascript:alert(1)"],
  ["a", "href", "\u001f \u000cjavascript:alert(1)"],
  ["a", "href", " \t \n javascript:alert(1)"],
  ["a", "href", "java\0script:alert(1)"],
  ["a", "href", "java\u0008script:alert(1)"],
  ["a", "href", "javascript:"],
  ["a", "href", "javascript://page.example/%0aalert(1)"],
  ["a", "href", "vbscript:msgbox(1)"],
  ["a", "href", "VBSCRIPT:msgbox(1)"],
  ["a", "href", "livescript:alert(1)"],
  ["a", "href", "data:text/html,<script>alert(1)</script>"],
  ["a", "href", "data:text/html;base64,PHNjcmlwdD4="],
  ["a", "href", "data:image/png;base64,AAAA"],
  ["a", "href", "blob:https://page.example/1"],
  ["a", "href", "filesystem:https://page.example/temporary/x.html"],
  ["a", "href", "file:///etc/passwd"],
  ["a", "href", "view-source:javascript:alert(1)"],
  ["a", "href", "feed:javascript:alert(1)"],
  ["a", "href", "jar:javascript:alert(1)!"],
  ["a", "href", "x-app:do"],
  ["a", "xlink:href", "javascript:alert(1)"],
  ["os-link", "href", "javascript:alert(1)"],
  ["blockquote", "cite", "javascript:alert(1)"],
  ["video", "poster", "javascript:alert(1)"],
  ["img", "src", "javascript:alert(1)"],
  ["img", "src", "data:text/html,x"],
  ["img", "src", "data:image/svg+xml,<svg onload=alert(1)>"],
  ["img", "src", "data:image/pngx,x"],
  ["img", "src", "data:,image/png;"],
  ["video", "src", "data:image/png;base64,AAAA"],
  ["input", "src", "blob:https://page.example/1"],
  ["iframe", "src", "blob:https://page.example/1"],
  ["img", "srcset", "javascript:alert(1) 2x"],
  ["img", "srcset", "/a.png 1x, javascript:alert(1) 2x"],
  ["img", "srcset", "/a.png 1x,\tjavascript:alert(1)"],
  ["source", "srcset", "data:image/svg+xml,x 1x"],
  ["a", "ping", "https://evil.example/"],
  // Elsewhere in the drawing, not elsewhere in the world.
  ["use", "href", "data:image/svg+xml,<svg id=x onload=alert(1)>#x"],
  ["use", "href", "https://evil.example/x.svg#x"],
  ["use", "href", "/x.svg#x"],
  ["linearGradient", "href", "//evil.example/#x"],
  ["rect", "fill", "url(https://evil.example/)"],
  ["rect", "FILL", "URL(//evil.example/#x)"],
  ["rect", "fill", "u\\72l(//evil.example/)"],
  ["rect", "fill", "url(#a) url(//evil.example/)"],
  ["rect", "fill", "url('#a') url(//evil.example/)"],
  ["rect", "fill", "url('#a')"],
  ["rect", "clip-path", "url(x.svg#a)"],
  ["rect", "cursor", "image-set('//evil.example/' 1x), auto"],
  // What the user typed stays here.
  ["form", "action", "javascript:alert(1)"],
  ["form", "action", "https://evil.example/"],
  ["form", "action", "https:evil.example"],
  ["form", "action", "//evil.example/"],
  ["form", "action", "/\\evil.example/"],
  ["form", "action", "\\\\evil.example/"],
  ["form", "action", " /\t/evil.example/"],
  ["form", "action", "mailto:evil@evil.example"],
  ["button", "formaction", "javascript:alert(1)"],
  ["input", "FormAction", "//evil.example/"],
  ["button", "form", "login"],
  // Clobbering, and other windows.
  ["img", "name", "cookie"],
  ["form", "name", "body"],
  ["a", "name", "config"],
  ["input", "name", "attributes"],
  ["input", "name", "submit"],
  ["input", "id", "parentNode"],
  ["input", "id", "__proto__"],
  ["a", "target", "_top"],
  ["a", "target", "_PARENT"],
  ["a", "target", "login"],
  ["a", "rel", "nofollow OPENER"],
];

const allowedAttributes: Case[] = [
  ["a", "href", "https://example.com/a?b#c"],
  ["a", "href", "HTTP://example.com"],
  ["a", "href", " https://example.com\n"],
  ["a", "href", "//cdn.example/x"],
  ["a", "href", "/a/b:c"],
  ["a", "href", "a/javascript:1"],
  ["a", "href", "?q=javascript:1"],
  ["a", "href", "#top"],
  ["a", "href", ""],
  ["a", "href", "mailto:a@example.com?subject=x"],
  ["a", "href", "tel:+431234"],
  ["a", "target", "_blank"],
  ["a", "rel", "noopener nofollow"],
  ["a", "download", "a.csv"],
  ["os-link", "href", "https://example.com/"],
  ["img", "src", "/a.png"],
  ["img", "src", "data:image/png;base64,AAAA"],
  ["IMG", "SRC", "DATA:image/WEBP;base64,AAAA"],
  ["img", "src", "blob:https://page.example/1"],
  ["audio", "src", "blob:https://page.example/1"],
  ["img", "srcset", "/a.png 1x, https://cdn.example/a,b.png 2x"],
  ["img", "srcset", ""],
  ["img", "alt", "javascript:alert(1)"],
  ["form", "action", "/save"],
  ["form", "action", ""],
  ["button", "formaction", "save?x=1"],
  ["input", "name", "name"],
  ["input", "type", "range"],
  ["input", "id", "submit-now"],
  ["div", "class", "a b"],
  ["div", "id", "main"],
  ["div", "role", "button"],
  ["div", "tabindex", "0"],
  ["div", "slot", "header"],
  ["div", "part", "header"],
  ["div", "aria-label", "<b>"],
  ["div", "ARIA-Hidden", "true"],
  ["div", "data-x-y.z_1", "<script>"],
  ["svg", "viewBox", "0 0 1 1"],
  ["use", "href", "#icon"],
  ["rect", "fill", "url(#gradient)"],
  ["rect", "fill", "url(#gradient) rgb(1, 2, 3)"],
  ["rect", "stroke", "#ff0000"],
  ["td", "colspan", "2"],
];

describe("[OP-13] attributes", () => {
  const titled = (cases: readonly Case[]) =>
    cases.map(([tag, name, value]) => [tag, shown(name), shown(value), name, value]);

  it.each(titled(attributeAttacks))("<%s %s=%s> is refused", (tag, _, __, name, value) => {
    expect(isAllowedAttribute(tag as string, name as string, value as string)).toBe(false);
  });

  it.each(titled(allowedAttributes))("<%s %s=%s> is allowed", (tag, _, __, name, value) => {
    expect(isAllowedAttribute(tag as string, name as string, value as string)).toBe(true);
  });

  // `setAttribute` decodes no entities, and only ASCII makes a scheme: the URL parser takes all these for paths.
  it.each([
    "javascript&#58;alert(1)",
    "&#106;avascript&colon;alert(1)",
    "java&Tab;script&colon;alert(1)",
    "javascript%3Aalert(1)",
    "java%0ascript%3aalert(1)",
    "java\u017fcript:alert(1)",
    "javascript\uff1aalert(1)",
    "\u00a0javascript:alert(1)",
    "\u2028javascript:alert(1)",
    "\ufeffjavascript:alert(1)",
    "java\u00adscript:alert(1)",
    "java\\script:alert(1)",
    "./javascript:alert(1)",
  ])("%s is allowed, because it is no script but a path of the page", (value) => {
    expect(isAllowedAttribute("a", "href", value)).toBe(true);
    expect(new URL(value, PAGE).origin).toBe(new URL(PAGE).origin);
  });

  const url = fc.string({
    unit: fc.oneof(
      {
        weight: 3,
        arbitrary: fc.constantFrom("javascript:", "java", "script", ":", "data:", "blob:", "//", "\\", "/"),
      },
      fc.constantFrom(
        "\t",
        "\n",
        "\r",
        "\0",
        " ",
        "\u0001",
        "\f",
        "\u00a0",
        "\ufeff",
        "\u017f",
        "\u212a",
        "J",
        "s",
        "#",
        "?",
        ".",
      ),
      {
        weight: 2,
        arbitrary: fc.constantFrom("https:", "http:", "HTTP:", "mailto:", "vbscript:", "a", "x", "&colon;", "%3a"),
      },
    ),
    maxLength: 8,
  });
  const parse = (value: string, base: string) => (URL.canParse(value, base) ? new URL(value, base) : undefined);

  it("whatever is allowed as a link has an allowed protocol once the URL parser has read it", () => {
    let parsed = 0;
    fc.assert(
      fc.property(url, (value) => {
        if (!isAllowedAttribute("a", "href", value)) return;
        const protocol = parse(value, PAGE)?.protocol;
        if (protocol === undefined) return;
        parsed++;
        expect(["http:", "https:", "mailto:", "tel:"]).toContain(protocol);
      }),
      { numRuns: 5_000 },
    );
    expect(parsed).toBeGreaterThan(500);
  });

  it("whatever the URL parser reads as a script is refused", () => {
    let scripts = 0;
    fc.assert(
      fc.property(url, (value) => {
        if (!/^(?:java|vb)script:/.test(parse(value, PAGE)?.protocol ?? "")) return;
        scripts++;
        for (const name of ["href", "src", "cite", "poster", "action", "formaction", "srcset"]) {
          expect(isAllowedAttribute("a", name, value), name).toBe(false);
        }
        expect(isAllowedUrl(value)).toBe(false);
      }),
      { numRuns: 5_000 },
    );
    expect(scripts).toBeGreaterThan(50);
  });

  it("whatever is allowed as a form's action stays within the origin, on http and https pages", () => {
    fc.assert(
      fc.property(url, (value) => {
        if (!isAllowedAttribute("form", "action", value)) return;
        for (const base of [PAGE, "http://page.example/"]) {
          expect(parse(value, base)?.origin ?? new URL(base).origin).toBe(new URL(base).origin);
        }
      }),
      { numRuns: 5_000 },
    );
  });

  it("no name that begins with `on` is ever allowed, under any policy", () => {
    const everything: SafetyPolicy = { ...DEFAULT_POLICY, attributes: new AlwaysHas() };
    fc.assert(
      fc.property(fc.constantFrom("on", "ON", "On", "oN"), fc.string(), fc.string(), (on, rest, value) => {
        expect(isAllowedAttribute("div", on + rest, value)).toBe(false);
        expect(isAllowedAttribute("div", on + rest, value, everything)).toBe(false);
      }),
    );
  });
});

/** A policy by hand that knows no limits. */
class AlwaysHas extends Set<string> {
  override has() {
    return true;
  }
}

describe("[OP-13] a policy", () => {
  it("can be widened, and the default stays as it is", () => {
    const wide = widen(DEFAULT_POLICY, { tags: ["IFrame"], attributes: ["Sandbox", "xlink:href"], schemes: ["ftp"] });
    expect(isAllowedTag("iframe", wide)).toBe(true);
    expect(isAllowedAttribute("iframe", "sandbox", "", wide)).toBe(true);
    expect(isAllowedAttribute("a", "href", "ftp://example.com/", wide)).toBe(true);
    expect(isAllowedTag("iframe")).toBe(false);
    expect(isAllowedAttribute("iframe", "sandbox", "")).toBe(false);
    expect(isAllowedUrl("ftp://example.com/")).toBe(false);
  });

  it("checks the values of URL attributes that it was widened by", () => {
    const wide = widen(DEFAULT_POLICY, {
      tags: ["iframe"],
      attributes: ["xlink:href", "ping", "imagesrcset", "background"],
    });
    expect(isAllowedAttribute("a", "xlink:href", "https://example.com/", wide)).toBe(true);
    expect(isAllowedAttribute("a", "xlink:href", "javascript:alert(1)", wide)).toBe(false);
    expect(isAllowedAttribute("use", "xlink:href", "https://example.com/", wide)).toBe(false);
    expect(isAllowedAttribute("a", "ping", "https://a.example/ javascript:alert(1)", wide)).toBe(false);
    expect(isAllowedAttribute("link", "imagesrcset", "/a 1x", wide)).toBe(false);
    expect(isAllowedAttribute("div", "imagesrcset", "/a 1x, javascript:x 2x", wide)).toBe(false);
    expect(isAllowedAttribute("table", "background", "javascript:alert(1)", wide)).toBe(false);
    expect(isAllowedAttribute("iframe", "src", "javascript:alert(1)", wide)).toBe(false);
    expect(isAllowedAttribute("iframe", "src", "data:text/html,x", wide)).toBe(false);
  });

  const impossible: Widening[] = [
    ...["script", "SCRIPT", "style", "base", "meta", "object", "embed", "link", "animate", "set", "noscript"].map(
      (tag) => ({
        tags: [tag],
      }),
    ),
    ...["onclick", "ONLOAD", "on", "srcdoc", "SrcDoc", "style", "is", "nonce"].map((name) => ({ attributes: [name] })),
    ...["javascript", "JavaScript", "vbscript", "data", "blob", "filesystem"].map((scheme) => ({ schemes: [scheme] })),
    { tags: ["a b"] },
    { tags: [""] },
    { tags: ["x>"] },
    { tags: ["\u017fcript"] },
    { attributes: ["x onclick"] },
    { attributes: [" onclick"] },
    { attributes: ["\u2028"] },
    { schemes: ["ftp:"] },
    { schemes: ["java\tscript"] },
  ];
  it.each(impossible.map((more) => [JSON.stringify(more), more] as const))("cannot be widened by %s", (_, more) => {
    expect(() => widen(DEFAULT_POLICY, more)).toThrow(expect.objectContaining({ code: "invalid_name" }));
  });

  it("that was built by hand and holds everything still holds nothing that may never be", () => {
    const all: SafetyPolicy = { tags: new AlwaysHas(), attributes: new AlwaysHas(), schemes: new AlwaysHas() };
    for (const tag of ["script", "STYLE", "base", "meta", "object", "embed"])
      expect(isAllowedTag(tag, all), tag).toBe(false);
    for (const name of ["srcdoc", "style", "is"]) expect(isAllowedAttribute("div", name, "", all), name).toBe(false);
    for (const url of ["javascript:1", "data:text/html,x", "vbscript:x", "blob:x"]) {
      expect(isAllowedAttribute("a", "href", url, all), url).toBe(false);
    }
  });

  it("holds only lower case names, none of which may never be", () => {
    for (const [what, set] of Object.entries(DEFAULT_POLICY) as [keyof SafetyPolicy, ReadonlySet<string>][]) {
      for (const name of set) {
        expect(name).toMatch(/^[a-z0-9-]+$/);
        expect(() => widen(DEFAULT_POLICY, { [what]: [name] }), name).not.toThrow();
      }
    }
  });
});

/** Property, value. */
type Style = readonly [property: string, value: string];

const anybodysStyleAttacks: Style[] = [
  ["color", "red; position: fixed"],
  ["color", "red} body { display: none"],
  ["color", "red /* x */"],
  ["color", "red /*"],
  ["color", "red !important"],
  ["color", "red ! important"],
  ["color", '"'],
  ["content", '"a\nb"'],
  ["--x", "("],
  ["--x", "([)]"],
  ["--x", "a)"],
  ["--x", "'a' \"; --y: url(//evil)"],
  ["width", "expression(alert(1))"],
  ["width", "eXpReSsIoN(alert(1))"],
  ["behavior", "url(x.htc)"],
  ["-ms-behavior", "url(x.htc)"],
  ["-moz-binding", "url(x.xml#x)"],
  ["cssText", "position: fixed"],
  ["backgroundColor", "red"],
  ["color:red;x", "y"],
  ["", "red"],
  ["--", "red"],
  ["c\\6flor", "red"],
  ["--x;y", "red"],
];

const clientStyleAttacks: Style[] = [
  ["background", "url(//evil.example/)"],
  ["background", "URL(//evil.example/)"],
  ["background", "uRl( '//evil.example/' )"],
  ["background", "red url(//evil.example/)"],
  ["background", "url(\t//evil.example/)"],
  ["background", "u\\72l(//evil.example/)"],
  ["background", "\\75rl(//evil.example/)"],
  ["background", "\\55 RL(//evil.example/)"],
  ["background", "\\000075\\000072\\00006c(//evil.example/)"],
  ["background", "ur\\l(//evil.example/)"],
  ["background", "u/**/rl(//evil.example/)"],
  ["background", "/*'*/url(//evil.example/)/*'*/"],
  ["background", "'/*' url(//evil.example/) '*/'"],
  ["background", "'\\' url(//evil.example/) '"],
  ["background", "'a'url(//evil.example/)'b'"],
  ["background", '"\'" url(//evil.example/) "\'"'],
  ["background-image", "image('//evil.example/')"],
  ["background-image", "image-set('//evil.example/' 1x)"],
  ["background-image", "-webkit-image-set(url(//evil.example/) 1x)"],
  ["background-image", "cross-fade('//evil.example/', red)"],
  ["background-image", "-webkit-cross-fade(url(a), url(b), 50%)"],
  ["background-image", "src('//evil.example/')"],
  ["background-image", "src(var(--x))"],
  ["background-image", "element(#password)"],
  ["background-image", "-moz-element(#password)"],
  ["background-image", "paint(x)"],
  ["background-image", "linear-gradient(red, url(//evil.example/))"],
  ["background-image", "attr(data-x type(<url>))"],
  ["background-image", "--made-up()"],
  ["background-image", "\u0165est("],
  ["filter", "url(//evil.example/#x)"],
  ["filter", "progid:DXImageTransform.Microsoft.AlphaImageLoader(src='//evil.example/')"],
  ["cursor", "url(//evil.example/), auto"],
  ["list-style", "url(//evil.example/)"],
  ["content", "url(//evil.example/)"],
  ["offset-path", "url(//evil.example/#x)"],
  ["--x", "url(//evil.example/)"],
  ["--x", "u\\72l(//evil.example/)"],
  ["--x", "var(--none, url(//evil.example/))"],
  ["position", "fixed"],
  ["position", "FIXED"],
  ["position", " sticky "],
  ["position", "-webkit-sticky"],
  ["position", "f\\69xed"],
  ["position", "fi/**/xed"],
  ["position", "/**/fixed"],
  ["position", "var(--x)"],
  ["position", "var(--none, fixed)"],
  ["position", "inherit"],
  ["position", "attr(data-x type(*))"],
  ["position", "if(style(--a: b): fixed)"],
  ["position", "absolute"],
  ["position", " Absolute "],
  ["position-area", "top left"],
  ["position-anchor", "--menu"],
  ["anchor-name", "--menu"],
  ["z-index", "1"],
  ["order", "-1"],
  ["-webkit-order", "-1"],
  ["transform", "none"],
  ["transform", "translate(-50%, 3px) rotate(45deg) scaleX(2)"],
  ["-webkit-transform", "scale(100)"],
  ["-moz-transform", "scale(100)"],
  ["transform-origin", "900px 0"],
  ["-webkit-transform-origin-x", "900px"],
  ["perspective", "1px"],
  ["translate", "100px"],
  ["scale", "100"],
  ["rotate", "1turn"],
  ["zoom", "10"],
  ["top", "0"],
  ["right", "0"],
  ["bottom", "0"],
  ["left", "-100vw"],
  ["inset", "0"],
  ["inset-inline-start", "0"],
  ["offset", "path('M 0 0 L 900 900') 100%"],
  ["offset-path", "ray(45deg)"],
  ["offset-distance", "900px"],
  ["grid-area", "1 / 1 / -1 / -1"],
  ["grid-row", "1"],
  ["grid-column-end", "span 9"],
  ["margin", "-1px"],
  ["margin", "0 0 0 -100vw"],
  ["margin-top", "-1e3px"],
  ["margin-inline-start", "calc(0px - 900px)"],
  ["margin-left", "var(--x)"],
  ["margin", "InHerit"],
  ["margin", "\ninherit"],
  ["-webkit-margin-before", "-900px"],
  ["all", "inherit"],
  ["--x", "fixed"],
  ["--x", " Fixed "],
  ["--x", "var(--none, fixed)"],
  ["--x", "-webkit-sticky"],
  ["--x", "f\\69 xed"],
  ["--x", "attr(data-x type(*))"],
];

const anybodysStyles: Style[] = [
  ["color", "red"],
  ["color", ""],
  ["background-color", "#FF8800"],
  ["background", "linear-gradient(90deg, RGB(1 2 3 / 50%), var(--accent, red) 40%)"],
  ["background-attachment", "fixed"],
  ["width", "calc((100% - 2 * 4px) / 3)"],
  ["float", "left"],
  ["margin", "0 auto"],
  ["margin", "1.5rem 2px 0 10%"],
  ["margin-inline-start", "4px"],
  ["margin", ""],
  ["scroll-margin", "-1px"],
  ["grid-template-rows", "1fr 2fr"],
  ["text-transform", "uppercase"],
  ["border-top", "1px solid"],
  ["--turn", "rotate(45deg) translate(-50%, 3px)"],
  ["animation", "pulse 2s infinite"],
  ["will-change", "opacity"],
  ["transition", "opacity 0.2s cubic-bezier(0, 0, 1, 1)"],
  ["grid-template-columns", "[start] repeat(auto-fill, minmax(10rem, 1fr)) [end]"],
  ["grid-template-areas", "'a b' \"c d\""],
  ["font-family", "'A; {b}', url-like, serif"],
  ["content", '"url(x) fixed (a) !"'],
  ["position", "static"],
  ["position", " Relative "],
  ["position", ""],
  ["table-layout", "fixed"],
  ["-webkit-line-clamp", "3"],
  ["--accent", "#123"],
  ["--Accent_2", "prefixed fixed-width"],
  ["--label", "'fixed'"],
];

describe("[OP-13] styles", () => {
  const titled = (styles: readonly Style[]) =>
    styles.map(([property, value]) => [shown(property), shown(value), property, value]);

  it.each(titled(anybodysStyleAttacks))("%s: %s is refused, whoever writes it", (_, __, property, value) => {
    expect(isAllowedStyle(property as string, value as string, "server")).toBe(false);
    expect(isAllowedStyle(property as string, value as string, "client")).toBe(false);
  });

  it.each(titled(clientStyleAttacks))("%s: %s is refused from a client", (_, __, property, value) => {
    expect(isAllowedStyle(property as string, value as string, "client")).toBe(false);
  });

  it.each(titled(anybodysStyles))("%s: %s is allowed, whoever writes it", (_, __, property, value) => {
    expect(isAllowedStyle(property as string, value as string, "client")).toBe(true);
    expect(isAllowedStyle(property as string, value as string, "server")).toBe(true);
  });

  it.each([
    ["position", "fixed"],
    ["position", "absolute"],
    ["transform", "translate(-50%, 3px)"],
    ["z-index", "1"],
    ["inset", "0"],
    ["margin", "-1px"],
    ["grid-row", "1"],
    ["background", "url(/a.png) no-repeat"],
    ["background", "url(data:image/png;base64,AA==)"],
    ["background", 'url("data:image/png;base64,AA==")'],
    ["content", '"\\201c \\""'],
    ["content", "'\\'; '"],
    ["--x", "url('a)b')"],
    ["all", "unset"],
  ])("%s: %s is allowed from the server", (property, value) => {
    expect(isAllowedStyle(property, value, "server")).toBe(true);
  });

  it("what a client may write never holds a fetching word outside of a string", () => {
    const value = fc.string({
      unit: fc.constantFrom(
        "url(",
        "u",
        "rl(",
        "src(",
        "image-set(",
        "calc(",
        "var(",
        "(",
        ")",
        "'",
        '"',
        "\\",
        "/*",
        "*/",
        " ",
        "a",
      ),
      maxLength: 9,
    });
    let allowed = 0;
    fc.assert(
      fc.property(value, fc.constantFrom("background", "--x"), (text, property) => {
        if (!isAllowedStyle(property, text, "client")) return;
        if (text.includes("(")) allowed++;
        expect(withoutStrings(text)).not.toMatch(/(?:url|src|image-set)\(/);
      }),
      { numRuns: 20_000 },
    );
    expect(allowed).toBeGreaterThan(50);
  });

  /** Another reading of strings, mark by mark, so that the two can disagree. */
  function withoutStrings(text: string): string {
    let rest = "";
    let quote = "";
    for (const mark of text) {
      if (quote === "") rest += mark;
      if (mark === quote) quote = "";
      else if (quote === "" && (mark === "'" || mark === '"')) quote = mark;
    }
    return rest;
  }
});
