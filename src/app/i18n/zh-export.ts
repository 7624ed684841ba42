/** 简体中文：导出标签与描述 */
export const exportTexts = {
  export: {
    action: '导出',
    nothing: '还没有可导出的内容',
    nothingHint: '请先给照片添加标签或描述。',
    formats: {
      xmp: '照片的 XMP 文件（ZIP）',
      csv: '表格（CSV）',
      json: '全部内容（JSON）',
      beside: '把 XMP 文件写到照片旁……',
    },
    sidecars: {
      title: '照片旁的 XMP 文件',
      text: '每张有标签或描述的照片，会在它所在的文件夹里得到一个小文本文件，名称是照片名加上“.xmp”，digiKam、darktable 等软件都能读取。照片本身不会改动；已有的 XMP 文件里的其他内容也会保留。',
      looking: '正在查找文件夹……',
      where_other: '有 {{count, number}} 张照片在{{folders}}中。',
      without_other: '另有 {{count, number}} 张不是随文件夹加入的。',
      ask: '浏览器会询问是否允许本页修改那里的文件。',
      none: '这些照片都不是随文件夹加入的，没有可写入的位置。请用“选择文件夹……”加入它们的文件夹，或改用 ZIP 文件。',
      write_other: '写入 {{count, number}} 个文件',
      written_zero: '没有写入文件',
      written_other: '已写入 {{count, number}} 个文件',
      unchanged_other: '{{count, number}} 个文件本就包含全部内容。',
      skipped: {
        'no-folder_other': '{{count, number}} 张照片不是随文件夹加入的。',
        moved_other: '{{count, number}} 张照片已不在原处。',
        refused_other: '{{count, number}} 张照片所在的文件夹未获准访问。',
      },
      failed_other: '{{count, number}} 个文件未能写入',
    },
  },
} as const;
