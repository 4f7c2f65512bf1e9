// The page as it is served has an `<object-sync>` in it, which connects as soon as that is defined. This page makes one of
// its own, with an option, so it takes that one out before: import this first.

document.querySelector("object-sync")?.remove();
