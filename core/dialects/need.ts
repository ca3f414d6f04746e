// What a request may ask for although its bytes do not bound what it costs. A route refuses each of
// them unless its policy says how much more to hold for it.

export const NEEDS = [
  'serverTools',
  'serverState',
  'sealedReasoning',
  'remoteMedia',
  'images',
  'files',
  'audio',
  'audioOutput',
  'imageOutput',
  'proMode',
  'background',
] as const;
export type Need = (typeof NEEDS)[number];

/** In a sentence to the caller: "… is not offered here". */
export const NEED_NAMES: Readonly<Record<Need, string>> = {
  serverTools: 'A tool that the provider runs by itself',
  serverState: 'State that the provider keeps (an earlier response, a conversation, a file id)',
  sealedReasoning: 'Reasoning that only the provider can open',
  remoteMedia: 'Media that the provider would fetch from an address',
  images: 'An image',
  files: 'A file',
  audio: 'Audio',
  audioOutput: 'An answer in audio',
  imageOutput: 'An answer with images',
  proMode: 'The pro mode of reasoning',
  background: 'An answer made in the background',
};
