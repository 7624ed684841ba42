import type { Language } from '../i18n/i18n';

interface StarterSet {
  readonly name: string;
  readonly labels: readonly string[];
}

/** Label sets to begin with, in each language. */
export const starterSets: Readonly<Record<Language, readonly StarterSet[]>> = {
  en: [
    {
      name: 'Scenes',
      labels: [
        ...['beach', 'mountains', 'forest', 'lake', 'river', 'snowy landscape', 'desert'],
        ...['city street', 'city skyline', 'village', 'bridge', 'old building', 'garden', 'park'],
        ...['sunset', 'night sky', 'living room', 'kitchen', 'office', 'harbour with boats'],
      ],
    },
    {
      name: 'Food',
      labels: [
        ...['coffee', 'tea', 'cake', 'bread', 'pizza', 'noodles', 'rice', 'dumplings', 'soup'],
        ...['salad', 'meat', 'fish', 'fruit', 'vegetables', 'ice cream', 'breakfast', 'hot pot'],
      ],
    },
    {
      name: 'Animals',
      labels: [
        ...['dog', 'cat', 'horse', 'cow', 'sheep', 'bird', 'duck', 'fish', 'crab', 'butterfly'],
        ...['bear', 'panda', 'rabbit', 'monkey', 'elephant', 'insect'],
      ],
    },
    {
      name: 'Events',
      labels: [
        ...['wedding', 'birthday party', 'graduation', 'concert', 'football match', 'fireworks'],
        ...['family dinner', 'picnic', 'hiking trip', 'swimming', 'dragon boat race', 'parade'],
      ],
    },
    {
      name: 'Documents and screenshots',
      labels: [
        ...['screenshot of a chat', 'screenshot of a website', 'receipt', 'page of text'],
        ...['handwritten note', 'map', 'chart', 'business card', 'ticket', 'photograph'],
      ],
    },
  ],
  zh: [
    {
      name: '场景',
      labels: [
        ...['海滩', '山', '森林', '湖', '河流', '雪景', '沙漠', '城市街道', '城市天际线', '村庄'],
        ...['桥', '古建筑', '花园', '公园', '日落', '夜空', '客厅', '厨房', '办公室', '港口的船'],
      ],
    },
    {
      name: '食物',
      labels: [
        ...['咖啡', '茶', '蛋糕', '面包', '披萨', '面条', '米饭', '饺子', '汤', '沙拉', '肉'],
        ...['鱼', '水果', '蔬菜', '冰淇淋', '早餐', '火锅'],
      ],
    },
    {
      name: '动物',
      labels: [
        ...['狗', '猫', '马', '牛', '羊', '鸟', '鸭子', '鱼', '螃蟹', '蝴蝶', '熊', '熊猫'],
        ...['兔子', '猴子', '大象', '昆虫'],
      ],
    },
    {
      name: '活动',
      labels: [
        ...['婚礼', '生日聚会', '毕业典礼', '演唱会', '足球比赛', '烟花', '家庭聚餐', '野餐'],
        ...['徒步', '游泳', '赛龙舟', '游行'],
      ],
    },
    {
      name: '文档与截图',
      labels: [
        ...['聊天截图', '网页截图', '收据', '一页文字', '手写笔记', '地图', '图表', '名片'],
        ...['车票', '风景照', '人像'],
      ],
    },
  ],
};
