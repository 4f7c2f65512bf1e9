import { playwright } from "@vitest/browser-playwright";
import { defaultClientConditions, defaultServerConditions } from "vite";
import { defineConfig, type TestProjectConfiguration } from "vitest/config";
import { chromium } from "./test/chromium.ts";

const source = "objectsync-source";
const rooms = "{core,server,client,elements,testing,demo,docs,test,bench}";
const found = await chromium();

const node: TestProjectConfiguration = {
  ssr: { resolve: { conditions: [source, ...defaultServerConditions] } },
  test: {
    name: "node",
    setupFiles: ["test/seed.ts"],
    include: [`${rooms}/**/*.test.ts`],
    exclude: ["**/node_modules/**", "**/*.browser.test.ts"],
    // Some of these start a browser.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Pages are waited for, and a busy machine takes its time.
    expect: { poll: { timeout: 15_000 } },
  },
};

const browser: TestProjectConfiguration = {
  resolve: { conditions: [source, ...defaultClientConditions] },
  // Found while a test runs, a dependency would be bundled then, and the page reloaded under the test.
  optimizeDeps: { include: ["eventemitter3"], noDiscovery: true },
  test: {
    name: "browser",
    include: [`${rooms}/**/*.browser.test.ts`],
    exclude: ["**/node_modules/**"],
    attachmentsDir: ".screenshots",
    browser: {
      enabled: true,
      headless: true,
      provider: playwright("skip" in found ? {} : { launchOptions: found }),
      instances: [{ browser: "chromium" }],
      screenshotFailures: false,
      screenshotDirectory: ".screenshots",
    },
  },
};

if ("skip" in found) {
  if (process.env.CI) throw new Error(found.skip);
  console.warn(`The tests that run inside a browser are left out: ${found.skip}`);
}

export default defineConfig({
  test: {
    passWithNoTests: true,
    maxWorkers: 2,
    projects: "skip" in found ? [node] : [node, browser],
  },
});
