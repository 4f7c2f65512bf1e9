/** What the drafts of data have in common: what cannot be done to data throws a TypeError. */
export abstract class DraftHandler {
  defineProperty(): boolean {
    return false;
  }

  preventExtensions(): boolean {
    return false;
  }

  setPrototypeOf(): boolean {
    return false;
  }
}
