/** Where the tests find things; PORT moves both servers. */
const port = Number(process.env.PORT ?? 4173);

/** The built app, served as `npm start` serves it. */
export const appPort = port;
export const appUrl = `http://localhost:${appPort}/`;

/** Vite's development server: the app from its sources, and the pages of e2e/harness. */
export const developmentPort = port + 1;
export const developmentUrl = `http://localhost:${developmentPort}/`;
