/** Chinese, of adding a model that is one ONNX file. */
export const onnxExportTexts = {
  onnxExport: {
    title: 'ONNX 文件形式的 Chinese-CLIP',
    lead: '接受同时包含两个编码器的单个文件（如 Xenova/chinese-clip-vit-base-patch16 仓库中的文件），并在浏览器中拆分。model_quantized.onnx（191 MB）在处理器上运行；model.onnx（754 MB）也可在显卡上运行。它支持中文搜索，不做重排。',
    address: 'ONNX 文件的网址',
    noAddress: '这不是 ONNX 文件的网址：应以 https:// 开头、以 .onnx 结尾。',
    download: '下载',
    choose: '选择文件',
    files: '同时选择 ONNX 文件和 tokenizer.json；如有 preprocessor_config.json 也一并选择。',
    description: 'Chinese-CLIP：双编码器，不做重排。',
    license: '以文件来源处的条款为准',
    source: '{{name}}，在浏览器中拆分',
    consentTitle: '从 {{site}} 下载？',
    consentText:
      '除非你要求，本应用不与任何其他网站通信。你同意后，它会从 {{site}} 下载这个文件及其旁边的几个小文件；对方会得知你的网络地址以及你取走了哪些文件。不会发送任何与照片有关的内容。',
    consent: '同意并下载',
  },
} as const;
