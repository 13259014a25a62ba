export * from '../../src/workflows/index.ts';
export { bare } from './bare.ts';
