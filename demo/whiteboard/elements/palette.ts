import { css } from "objectsync/elements";

/** The colours of `paper.ts`: of what is filled, and of its edge. */
export const palette = css`
  [color="yellow"] { --fill: light-dark(#ffe278, #efcf62); --edge: light-dark(#d6a400, #d9b233); }
  [color="coral"] { --fill: light-dark(#ffc1b0, #f0a18c); --edge: light-dark(#e0694a, #e0806a); }
  [color="green"] { --fill: light-dark(#c2ecaa, #a3d48a); --edge: light-dark(#5aa53a, #7cba62); }
  [color="blue"] { --fill: light-dark(#b5deff, #93c6ef); --edge: light-dark(#3d8fd1, #63a8df); }
  [color="violet"] { --fill: light-dark(#dacdff, #c0adf5); --edge: light-dark(#8a6be0, #a38bea); }
  [color="gray"] { --fill: light-dark(#e2e5e8, #bcc3ca); --edge: light-dark(#a3aab0, #79838b); }
`;
