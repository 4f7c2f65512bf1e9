/** Where the tests' browser comes from. Nothing is downloaded: it is in an installed package, or on the machine. */
import { execFile } from "node:child_process";
import { access, constants, mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** A browser that can be launched, as playwright's `launchOptions` take it. */
export interface Chromium {
  executablePath: string;
  args: string[];
}

/** Why there is no browser, in words for the test report. */
export interface NoChromium {
  skip: string;
}

const root = fileURLToPath(new URL("..", import.meta.url));

// These loosen what our tests are about: CORS, mixed content, one page's crash being its own. The rest stays.
const loosening = ["--disable-web-security", "--allow-running-insecure-content", "--single-process"];

const names = ["google-chrome", "google-chrome-stable", "chromium", "chromium-browser", "chrome"];
const usualPaths = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe",
  "/opt/google/chrome/chrome",
  "/snap/bin/chromium",
];

let found: Promise<Chromium | NoChromium> | undefined;

/**
 * Finds a Chromium, once per process: the one that `OBJECTSYNC_CHROMIUM` names; on Linux x64 the packaged one; else an
 * installed Chrome or Chromium. Answers `{ skip: reason }` where there is none. A path in the variable that cannot be
 * executed throws, because somebody meant it.
 */
export function chromium(): Promise<Chromium | NoChromium> {
  found ??= find(process.env, `${process.platform}-${process.arch}`);
  return found;
}

/** The search itself, with what it depends on as arguments. @internal */
export async function find(env: NodeJS.ProcessEnv, platform: string): Promise<Chromium | NoChromium> {
  const named = env.OBJECTSYNC_CHROMIUM;
  if (named) {
    if (await isExecutable(named)) return { executablePath: named, args: [] };
    throw new Error(`OBJECTSYNC_CHROMIUM names ${named}, which cannot be executed`);
  }
  if (platform === "linux-x64") return packaged();
  const onPath = (env.PATH ?? "").split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  for (const path of [...onPath, ...usualPaths]) {
    if (await isExecutable(path)) return { executablePath: path, args: [] };
  }
  return { skip: `no Chrome or Chromium found on ${platform}; name one in OBJECTSYNC_CHROMIUM` };
}

async function packaged(): Promise<Chromium> {
  const { default: packed } = await import("@sparticuz/chromium");
  const manifest = join(root, "node_modules/@sparticuz/chromium/package.json");
  const { version } = JSON.parse(await readFile(manifest, "utf8")) as { version: string };
  const folder = join(root, "node_modules/.cache", `chromium-${version}`);
  const executablePath = join(folder, "chromium");
  if (!(await isExecutable(executablePath))) await unpack(folder);
  return {
    executablePath,
    args: packed.args.filter((arg) => !loosening.includes(arg) && !arg.startsWith("--headless")),
  };
}

/**
 * The package unpacks into the folder for temporary files and takes whatever lies there under that name for finished.
 * Two test runs at once would start half a browser, so each unpacks into a folder of its own, and one wins the rename.
 */
async function unpack(folder: string): Promise<void> {
  await mkdir(join(folder, ".."), { recursive: true });
  const own = await mkdtemp(`${folder}-`);
  const script = 'await (await import("@sparticuz/chromium")).default.executablePath()';
  const env = { ...process.env, TMPDIR: own };
  await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script], { cwd: root, env });
  try {
    await rename(own, folder);
  } catch (error) {
    await rm(own, { recursive: true, force: true });
    if (!(await isExecutable(join(folder, "chromium")))) throw error;
  }
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
