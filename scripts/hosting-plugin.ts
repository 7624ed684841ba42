import type { Plugin } from 'vite';
import headersByPath from '../hosting/headers.json' with { type: 'json' };

const policy = 'Content-Security-Policy';
const headers = headersByPath['/'];
const addModelPolicy = headersByPath['/assets/add-model-worker'][policy];

/** The headers of hosting/headers.json, as far as the development server can keep to them. */
function developmentHeaders(): Record<string, string> {
  return {
    ...headers,
    // Vite puts scripts into the page itself and speaks to it over a web socket.
    [policy]: headers[policy]
      .replace("script-src 'self'", "script-src 'self' 'unsafe-inline'")
      .replace("connect-src 'self'", "connect-src 'self' ws:"),
  };
}

/**
 * Sends the headers of hosting/headers.json in development, and puts them into the build twice: as
 * `_headers`, which several static hosts read, and, for any other host, the content security
 * policy as a meta element of the page.
 */
export function hosting(): Plugin {
  return {
    name: 'hosting',
    config: () => ({ server: { headers: developmentHeaders() } }),
    configureServer({ middlewares }) {
      middlewares.use((request, response, next) => {
        if (request.url?.includes('/add-model-worker.ts')) {
          const setHeader = response.setHeader.bind(response);
          response.setHeader = (name, value) =>
            setHeader(name, name === policy ? addModelPolicy : value);
        }
        next();
      });
    },
    transformIndexHtml: {
      order: 'post',
      handler(_html, { server }) {
        if (server) return [];
        // A meta element may not say who frames the page.
        const content = headers[policy].replace(/; frame-ancestors [^;]+/, '');
        const attrs = { 'http-equiv': policy, content };
        return [{ tag: 'meta', attrs, injectTo: 'head-prepend' }];
      },
    },
    generateBundle() {
      const lines = Object.entries(headers).map(([name, value]) => `  ${name}: ${value}\n`);
      const cache = '/assets/*\n  Cache-Control: public, max-age=31536000, immutable\n';
      this.emitFile({
        type: 'asset',
        fileName: '_headers',
        source: `/*\n${lines.join('')}\n${cache}`,
      });
    },
  };
}
