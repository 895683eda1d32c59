// Run Python code in Pyodide, on Node: node --experimental-wasm-jspi on_node.mjs PYODIDE FOLDER CODE
// Python finds FOLDER at /checkout, imports from there, and may write there; what it prints comes out here.
import { pathToFileURL } from "node:url";

const [, , pyodide, folder, code] = process.argv;
const { loadPyodide } = await import(pathToFileURL(`${pyodide}/pyodide.mjs`));
const python = await loadPyodide({ indexURL: pyodide });
python.FS.mkdirTree("/checkout");
python.FS.mount(python.FS.filesystems.NODEFS, { root: folder }, "/checkout");
python.setStdout({ batched: line => console.log(line) });
try {
  await python.runPythonAsync("import sys; sys.dont_write_bytecode = True; sys.path.insert(0, '/checkout')");
  await python.runPythonAsync(code);  // entered so, Python can suspend a stack
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
process.exit(0);
