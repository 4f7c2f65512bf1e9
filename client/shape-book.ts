import { bad } from "../core/parse.ts";
import { isSameShape, type Shape } from "../core/shape.ts";
import { type MirrorObject, makeMirrorClass } from "./mirror-object.ts";

/** The types that a server has told of, and the classes that a mirror makes of them. */
export class ShapeBook {
  /** By scope and index: each scope numbers its own. */
  readonly #announced = new Map<number, Shape[]>();
  readonly #byName = new Map<string, Shape>();
  readonly #classes = new Map<Shape, new () => MirrorObject>();

  /** A scope gives a shape an index. */
  announce(scope: number, index: number, shape: Shape): void {
    let shapes = this.#announced.get(scope);
    if (!shapes) {
      shapes = [];
      this.#announced.set(scope, shapes);
    }
    const known = shapes[index];
    // Said anew it is the same, unless the scope is another one, as its host came back.
    if (known && isSameShape(known, shape)) return;
    shapes[index] = shape;
    this.#byName.set(shape.name, shape);
  }

  /** Throws `bad_message` for one that was not announced. */
  get(scope: number, index: number): Shape {
    const shape = this.#announced.get(scope)?.[index];
    if (!shape) throw bad(`shape ${index} was not announced`);
    return shape;
  }

  /** The shape of a type, if any scope has told of it. */
  named(name: string): Shape | undefined {
    return this.#byName.get(name);
  }

  /** The class of the objects of a shape. */
  classOf(shape: Shape): new () => MirrorObject {
    let mirrorClass = this.#classes.get(shape);
    if (!mirrorClass) {
      mirrorClass = makeMirrorClass(shape);
      this.#classes.set(shape, mirrorClass);
    }
    return mirrorClass;
  }

  /** A scope is open no longer. */
  forget(scope: number): void {
    this.#announced.delete(scope);
  }

  clear(): void {
    this.#announced.clear();
    this.#byName.clear();
    this.#classes.clear();
  }
}
