// Every page of web/ is an entry of its own: `<name>.html` here, or `<name>/index.html`.
import {existsSync, globSync, readdirSync, readFileSync, writeFileSync} from "node:fs";
import {join} from "node:path";
import {brotliCompressSync, constants, gzipSync} from "node:zlib";
import {defineConfig, type Plugin} from "vite";

const root = import.meta.dirname;
const out = join(root, "../src/unshackled/web_files");

// <unshackled-checkout>, which shops load by one address that stays.
const ELEMENT = "element";
const pages = globSync(["*.html", "{shop,ops}/index.html"], {cwd: root});

/** Writes each text file a second and third time, compressed as well as can be. */
function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    closeBundle() {
      if (!existsSync(out)) return;
      for (const name of readdirSync(out, {recursive: true, encoding: "utf8"})) {
        if (!/\.(js|css|html|svg)$/.test(name)) continue;
        const text = readFileSync(join(out, name));
        const best = {params: {[constants.BROTLI_PARAM_QUALITY]: 11}};
        writeFileSync(join(out, `${name}.br`), brotliCompressSync(text, best));
        writeFileSync(join(out, `${name}.gz`), gzipSync(text, {level: 9}));
      }
    },
  };
}

export default defineConfig({
  root,
  appType: "mpa",
  oxc: {jsx: {runtime: "automatic", importSource: "preact"}},
  plugins: [compressed()],
  build: {
    outDir: out,
    emptyOutDir: true,
    target: "es2022",
    modulePreload: {polyfill: false}, // it would need an exception in the Content-Security-Policy
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rolldownOptions: {
      input: [...pages.map((page) => join(root, page)), join(root, "element/element.ts")],
      output: {
        entryFileNames: (entry) => (entry.name === ELEMENT ? "element.js" : "assets/[name]-[hash].js"),
        // What pages share is one file: each file more is a request more of a first load.
        advancedChunks: {groups: [{name: "shared", minShareCount: 2}]},
      },
    },
  },
});
