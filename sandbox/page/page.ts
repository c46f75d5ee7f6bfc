import { once } from 'node:events';
import { createServer } from 'node:http';
import { SandboxProblem } from '../processes/folder.ts';

/** What the page shows: facts read when it is asked for, never remembered. */
export interface PageContent {
  readonly title: string;
  readonly sections: readonly {
    readonly heading: string;
    readonly columns: readonly string[];
    readonly rows: readonly (readonly string[])[];
  }[];
  readonly lines: readonly string[];
}

export interface Page {
  readonly url: string;
  close(): Promise<void>;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escapeHtml = (text: string): string =>
  text.replaceAll(/[&<>"']/gu, (character) => ENTITIES[character] ?? '');

const STYLE = `:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}body{max-width:70rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #8884;vertical-align:top;overflow-wrap:anywhere}
pre{background:#8882;padding:1rem;overflow:auto}b{border:1px solid;border-radius:.3rem;padding:0 .4rem}`;

export function renderPage(content: PageContent): string {
  const sections = content.sections.map(
    ({ heading, columns, rows }) =>
      `<h2>${escapeHtml(heading)}</h2><table><tr>${columns.map((column) => `<th>${escapeHtml(column)}`).join('')}</tr>${rows
        .map((row) => `<tr>${row.map((cell) => `<td>${escapeHtml(cell)}`).join('')}</tr>`)
        .join('')}</table>`,
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="5">
<title>${escapeHtml(content.title)}</title><style>${STYLE}</style><h1>${escapeHtml(content.title)} <b>STAND-IN</b></h1>
${sections.join('\n')}<h2>The story so far</h2><pre>${escapeHtml(content.lines.join('\n'))}</pre></html>`;
}

/** Serves the page on 127.0.0.1, read-only. @throws SandboxProblem when the port is taken. */
export async function startPage(port: number, read: () => Promise<PageContent>): Promise<Page> {
  const server = createServer((request, response) => {
    // A page elsewhere that resolves its own name to 127.0.0.1 must not read this one (DNS rebinding).
    const host = request.headers.host?.replace(/:\d+$/u, '');
    if (host !== '127.0.0.1' && host !== 'localhost') {
      response.writeHead(421).end();
      return;
    }
    if (request.method !== 'GET' || request.url !== '/') {
      response.writeHead(404).end();
      return;
    }
    read().then(
      (content) =>
        response
          .writeHead(200, {
            'content-type': 'text/html; charset=utf-8',
            'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
            'cache-control': 'no-store',
          })
          .end(renderPage(content)),
      () => response.writeHead(503).end('the cluster does not answer just now'),
    );
  });
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new SandboxProblem(
      `port ${port} of the page cannot be used (${code}). Take another: npm start -- --port 0`,
    );
  }
  const address = server.address();
  const chosen = address !== null && typeof address === 'object' ? address.port : port;
  return {
    url: `http://127.0.0.1:${chosen}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
