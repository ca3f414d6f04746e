// The compiled solver is found by name: the build embeds it (`local/build-client.ts`).
declare module 'weighbridge-solver/*' {
  const binary: Uint8Array<ArrayBuffer>;
  export default binary;
}
