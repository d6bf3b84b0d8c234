import {defineConfig} from "vitest/config";

export default defineConfig({
  oxc: {jsx: {runtime: "automatic", importSource: "preact"}},
  test: {include: ["{checkout,shared,shop,ops,element}/**/*.test.{ts,tsx}"], environment: "node"},
});
