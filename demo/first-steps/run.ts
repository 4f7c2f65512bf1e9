// `npm run example` lists the programs of this folder, `npm run example <name>` starts one. Each is the first thing that
// one of the five systems shows of which this library is the union. PORT: where it listens, 8765 by default.

const programs = new Map([
  ["objectsync", { file: "../hello/server.ts", shows: "a text, and the style that the server gives it" }],
  ["topicsync", { file: "./topicsync.ts", shows: "topics that several programs change: a text, a list, an event" }],
  ["ws-sync", { file: "./ws-sync.ts", shows: "notes in an object, with a component for the page" }],
  ["purly", { file: "./purly.ts", shows: "a coral square, drawn by a script" }],
  ["streamsync", { file: "./streamsync.ts", shows: "a counter with two buttons and a message" }],
]);

const [name] = process.argv.slice(2);
const program = programs.get(name ?? "");

if (program) await start(program.file);
else {
  console.log(name === undefined ? "npm run example <name>" : `There is no example ${name}.`);
  for (const [each, { shows }] of programs) console.log(`  ${each.padEnd(12)}${shows}`);
  process.exitCode = name === undefined ? 0 : 1;
}

async function start(file: string): Promise<void> {
  try {
    await import(file);
  } catch (error) {
    if ((error as { code?: unknown }).code !== "port_taken") throw error;
    const { PORT = "8765" } = process.env;
    console.log(`Port ${PORT} is taken. Another one: PORT=${Number(PORT) + 1} npm run example ${name}`);
    process.exitCode = 1;
  }
}
