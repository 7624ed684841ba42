import { basename, dirname } from 'node:path';
import asc from 'assemblyscript/asc';
import type { Plugin } from 'vite';

const suffix = '?assemblyscript';

/**
 * Makes `import bytes from './module.ts?assemblyscript'` compile that AssemblyScript module and
 * give its WebAssembly binary as a Uint8Array. The binary is inlined: our modules take less than a
 * kilobyte, and inlined they load the same way in dev, build, tests and Node.
 */
export function assemblyscript(): Plugin {
  return {
    name: 'assemblyscript',
    enforce: 'pre',
    load: {
      filter: { id: /\?assemblyscript$/ },
      async handler(id) {
        const source = id.slice(0, -suffix.length);
        this.addWatchFile(source);
        const base64 = Buffer.from(await compile(source)).toString('base64');
        return {
          code: `export default Uint8Array.from(atob('${base64}'), (char) => char.charCodeAt(0));`,
          moduleType: 'js',
        };
      },
    },
  };
}

async function compile(source: string): Promise<Uint8Array> {
  const output = 'module.wasm';
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    [
      basename(source),
      ...['--baseDir', dirname(source)],
      ...['--outFile', output],
      ...['--enable', 'simd'],
      ...['--runtime', 'stub'],
      '--importMemory',
      '-O3',
      '--noAssert',
    ],
    {
      writeFile(name, contents) {
        if (name === output && typeof contents !== 'string') binary = contents;
      },
    },
  );
  if (error || !binary) {
    throw new Error(`AssemblyScript could not compile ${source}:\n${stderr}`, { cause: error });
  }
  return binary;
}
