/** The few functions of jstat (which ships no types) that statistics.ts uses. */
declare module 'jstat' {
  interface Distribution {
    cdf(x: number, ...parameters: number[]): number;
    inv(p: number, ...parameters: number[]): number;
  }
  const jStat: { readonly studentt: Distribution; readonly beta: Distribution };
  export default jStat;
}
