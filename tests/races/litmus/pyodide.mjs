// Run Python code in Pyodide, on Node: node --experimental-wasm-jspi pyodide.mjs PYODIDE_FOLDER CHECKOUT CODE
// The checkout is what Python imports from; what it prints comes out here.
import { pathToFileURL } from "node:url";

const [, , folder, checkout, code] = process.argv;
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`));
const python = await loadPyodide({ indexURL: folder });
python.FS.mkdirTree("/checkout");
python.FS.mount(python.FS.filesystems.NODEFS, { root: checkout }, "/checkout");
python.setStdout({ batched: line => console.log(line) });
try {
  await python.runPythonAsync("import sys; sys.dont_write_bytecode = True; sys.path.insert(0, '/checkout')");
  await python.runPythonAsync(code);  // entered so, Python can suspend a stack
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
process.exit(0);
