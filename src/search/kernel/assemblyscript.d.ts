/** An AssemblyScript module as its WebAssembly binary, compiled by scripts/assemblyscript-plugin.ts. */
declare module '*?assemblyscript' {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}
