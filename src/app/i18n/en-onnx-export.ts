/** English, of adding a model that is one ONNX file. */
export const onnxExportTexts = {
  onnxExport: {
    title: 'Chinese-CLIP as an ONNX file',
    lead: 'Takes one file with both encoders, as in the repository Xenova/chinese-clip-vit-base-patch16, and splits it here in the browser. model_quantized.onnx (191 MB) runs on the processor; model.onnx (754 MB) runs on the graphics card, too. It searches in Chinese and does not re-rank.',
    address: 'Address of the ONNX file',
    noAddress:
      'This is not the address of an ONNX file: it begins with https:// and ends in .onnx.',
    download: 'Download',
    choose: 'Choose files',
    files:
      'The ONNX file and tokenizer.json together; preprocessor_config.json, too, if there is one.',
    description: 'Chinese-CLIP: a dual encoder, which does not re-rank.',
    license: 'Terms of the place that the file comes from',
    source: '{{name}}, split in the browser',
    consentTitle: 'Download from {{site}}?',
    consentText:
      'This app speaks to no other site unless you ask it to. If you agree, it downloads this file and the small ones beside it from {{site}}, which then learns your internet address and which files you take. Nothing about your photos is sent.',
    consent: 'Agree and download',
  },
} as const;
