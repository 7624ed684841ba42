import type { ErrorCode } from '../../errors';

/** 每个错误：发生了什么，可以做什么。 */
export const errors = {
  cancelled: { what: '已取消。', remedy: '随时可以重新开始。' },
  internal: {
    what: '发生了意料之外的错误。',
    remedy: '已保存的内容没有丢失。请重试；若再次出现，请重新加载页面。',
  },
  'page-insecure': {
    what: '此地址不安全，浏览器只允许安全的页面保存照片和运行模型。',
    remedy: '请通过 https 打开本应用，或在本机通过 http://localhost 打开。',
  },
  'manifest-unreachable': {
    what: '无法下载模型说明。',
    remedy: '请检查与本站的连接，或你给出的模型地址，然后重试。',
  },
  'manifest-invalid': {
    what: '本应用读不懂这个模型的说明。',
    remedy: '请使用为本版本制作的模型包。',
  },
  'download-failed': {
    what: '模型下载中断。',
    remedy: '请检查网络后重试，已下载的部分会保留。',
  },
  'export-download-failed': {
    what: '无法下载这个 ONNX 文件。',
    remedy: '重试会从头开始。也可以先用浏览器自己下载，再从磁盘选择。',
  },
  'sample-unreachable': {
    what: '无法获取示例相册。',
    remedy: '请检查网络后重试，已到达的照片会保留。',
  },
  'checksum-mismatch': {
    what: '模型的文件 {{file}} 已损坏。',
    remedy: '请重试。若每次都这样，请从别处下载该模型。',
  },
  'graph-missing': {
    what: '这个模型缺少此处需要的部分。',
    remedy: '请换用包含它的模型，或不使用此功能。',
  },
  'tokenizer-invalid': {
    what: '无法读取模型的分词器。',
    remedy: '请使用为本版本制作的模型包。',
  },
  'manifest-missing': {
    what: '“{{name}}”里没有模型：找不到 manifest.json。',
    remedy: '请选择包含 manifest.json 的文件夹，或它的 ZIP 压缩包。',
  },
  'several-models': {
    what: '“{{name}}”里有多个模型。',
    remedy: '请选择其中一个模型的文件夹。',
  },
  'model-file-missing': {
    what: '模型缺少一个文件：{{file}}。',
    remedy: '请重新下载完整的模型包，或联系制作者。',
  },
  'model-damaged': {
    what: '浏览器丢失了该模型的 {{file}}。',
    remedy: '请在设置中移除该模型并重新添加，或先使用其他模型。',
  },
  'model-gone': {
    what: '浏览器中已没有这个模型。',
    remedy: '请在设置中重新添加，或使用其他模型。',
  },
  'cross-origin-refused': {
    what: '{{site}} 没有应答，或不允许其他网站读取它的文件。',
    remedy:
      '请检查地址。如果地址无误，请自行下载模型包，再以文件夹或 ZIP 添加；也可请 {{site}} 的管理者开放访问（CORS）。',
  },
  'zip-unreadable': {
    what: '无法把“{{name}}”作为 ZIP 文件读取。',
    remedy: '请重新下载，或解压后选择文件夹。',
  },
  'export-unusable': {
    what: '无法把“{{name}}”拆分为照片编码器和文本编码器。',
    remedy: '请选择同时包含两个编码器的 Chinese-CLIP ONNX 文件。问题：{{detail}}。',
  },
  'storage-short': {
    what: '模型需要 {{needed, number}} MB，浏览器只剩 {{free, number}} MB。',
    remedy: '请清理磁盘空间，或移除不再需要的模型或照片。',
  },
  'model-storage-full': {
    what: '浏览器存储已满，模型还缺 {{missing, number}} MB。',
    remedy: '请清理磁盘空间，或移除不再需要的模型或照片；已存入的部分会保留。',
  },
  'backend-unavailable': {
    what: '此浏览器没有所要求的计算后端。',
    remedy: '请去掉地址中的“?backend=”，或使用支持 WebGPU 的浏览器。',
  },
  'backend-slow': {
    what: '这里代替显卡的其实是处理器，让处理器直接运行模型反而更快。',
    remedy: '若仍想使用 WebGPU，请在地址中加上“?backend=webgpu”。',
  },
  'session-failed': {
    what: '模型无法启动。',
    remedy: '请关闭其他占用资源较多的标签页后重试。如果地址中有“?backend=”，请去掉它。',
  },
  'run-failed': {
    what: '模型运行失败。',
    remedy: '请重试。若再次出现，请关闭其他占用资源较多的标签页，再重新加载页面。',
  },
  'device-lost': {
    what: '显卡被系统收回。',
    remedy: '请重试，模型会重新启动。已保存的内容没有丢失。',
  },
  'engine-timeout': {
    what: '模型长时间没有响应。',
    remedy: '请重试，模型会重新启动。关闭其他占用资源较多的标签页会有帮助。',
  },
  'engine-stopped': { what: '模型已停止。', remedy: '请重试以重新启动。' },
  'text-empty': { what: '模型读不出“{{text}}”里的任何内容。', remedy: '请换一种说法。' },
  'file-empty': { what: '文件是空的。', remedy: '请从来源处重新复制。' },
  'file-unreadable': {
    what: '无法读取文件。',
    remedy: '请确认文件仍然存在且允许打开，然后重新添加。',
  },
  'partly-unreadable': {
    what: '有些内容无法读取：{{paths}}。',
    remedy: '其余的都已添加。请确认这些内容允许打开，然后重新添加。',
  },
  'file-not-a-photo': {
    what: '这个文件不是照片。',
    remedy: '请选择 JPEG、HEIC、PNG、WebP、AVIF、GIF 或 BMP 文件。',
  },
  'photo-broken': {
    what: '照片已损坏，无法解码。',
    remedy: '请用看图软件打开后另存，或从相机重新复制。',
  },
  'photo-unsupported': {
    what: '暂时无法读取 {{format}} 图片。',
    remedy: '请转换为 JPEG 后再添加。',
  },
  'photo-too-large': {
    what: '照片有 {{size}} {{unit}}，最多能安全解码 {{limit}} {{unit}}。',
    remedy: '请添加较小的副本。',
  },
  'storage-full': {
    what: '浏览器的存储空间已用完。',
    remedy: '请腾出磁盘空间，或移除不再需要的照片或模型，然后继续。',
  },
  'storage-unavailable': {
    what: '无法打开浏览器的存储。',
    remedy: '请退出无痕浏览，允许本页保存网站数据，然后重新加载。',
  },
  'app-outdated': {
    what: '此浏览器中已打开过更新版本的应用。',
    remedy: '请重新加载本页；已存储的内容不会丢失。',
  },
  'permission-denied': {
    what: '没有获得读取所选文件的许可。',
    remedy: '请继续并在浏览器询问时允许读取，或重新选择这些文件。',
  },
  'source-gone': {
    what: '原文件已不在原来的位置。',
    remedy: '请把它移回，或从新位置重新添加；预览会保留。',
  },
  'file-not-kept': {
    what: '没有足够空间为下次访问保留该文件的副本。',
    remedy: '请重新添加；已在图库中的照片会被认出。',
  },
  'photo-not-indexed': {
    what: '模型还没有看过这张照片。',
    remedy: '请稍候，轮到它就好；如果索引已暂停，请让它继续。',
  },
  'kernel-failed': {
    what: '搜索无法启动。',
    remedy: '请重新加载页面。若再次出现，请更新浏览器。',
  },
  'caption-empty': {
    what: '模型没能为这张照片写出文字。',
    remedy: '请换一种语言再试，或自己写一句描述。',
  },
  'sidecar-unreadable': {
    what: '照片旁已有的 XMP 附属文件无法读取（{{detail}}）。',
    remedy: '该文件未作改动。请修复或移走它，再重新写入。',
  },
} satisfies Record<ErrorCode, { readonly what: string; readonly remedy: string }>;
