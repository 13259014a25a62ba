/** The arguments for Node that let it run TypeScript. The address is absolute, so they work in every folder. */
export const TYPESCRIPT_FLAGS = ['--import', new URL('register.mjs', import.meta.url).href];
