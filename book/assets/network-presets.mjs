// The case studies' networks as lists of layers, the same as in book/networks.

const CLASSIFIER = `
flatten
fc 4096
relu
dropout
fc 4096
relu
dropout
fc 1000`;

const LENET5 = `
# LeCun et al., 1998
input 1x32x32
conv 6 5x5
tanh
pool 2x2 s2 learned
tanh
conv 16 5x5 sees 3 3 3 3 3 3 4 4 4 4 4 4 4 4 4 6
tanh
pool 2x2 s2 learned
tanh
conv 120 5x5
tanh
flatten
fc 84
tanh
fc 10 fixed`;

const ALEXNET = `
# Krizhevsky et al., 2012
input 3x227x227
conv 96 11x11 s4
relu
lrn
pool 3x3 s2
conv 256 5x5 p2 g2
relu
lrn
pool 3x3 s2
conv 384 3x3 p1
relu
conv 384 3x3 p1 g2
relu
conv 256 3x3 p1 g2
relu
pool 3x3 s2
flatten
dropout
fc 4096
relu
dropout
fc 4096
relu
fc 1000`;

const ZFNET = `
# Zeiler and Fergus, 2014
input 3x224x224
conv 96 7x7 s2 p1
relu
pool 3x3 s2 ceil
lrn
conv 256 5x5 s2
relu
pool 3x3 s2 ceil
lrn
conv 384 3x3 p1
relu
conv 384 3x3 p1
relu
conv 256 3x3 p1
relu
pool 3x3 s2${CLASSIFIER}`;

const vggBlock = ([filters, depth]) => `
${`conv ${filters} 3x3 s1 p1\nrelu\n`.repeat(depth)}pool 2x2 s2`;

const VGG_BLOCKS = [[64, 2], [128, 2], [256, 3], [512, 3], [512, 3]];
const VGG16 = `
# Simonyan and Zisserman, 2015
input 3x224x224${VGG_BLOCKS.map(vggBlock).join("")}${CLASSIFIER}`;

const GOOGLENET = `
# Szegedy et al., 2015
input 3x224x224
conv 64 7x7 s2 p3
relu
pool 3x3 s2 ceil
lrn
conv 64 1x1
relu
conv 192 3x3 p1
relu
lrn
pool 3x3 s2 ceil
inception 64 96 128 16 32 32
inception 128 128 192 32 96 64
pool 3x3 s2 ceil
inception 192 96 208 16 48 64
inception 160 112 224 24 64 64
inception 128 128 256 24 64 64
inception 112 144 288 32 64 64
inception 256 160 320 32 128 128
pool 3x3 s2 ceil
inception 256 160 320 32 128 128
inception 384 192 384 48 128 128
global average
flatten
dropout 0.4
fc 1000`;

const resnetStage = ([depth, mid], stage) => `
bottleneck ${mid} ${4 * mid} ${stage ? 2 : 1}${`
bottleneck ${mid} ${4 * mid} 1`.repeat(depth - 1)}`;

const RESNET50 = `
# He et al., 2016
input 3x224x224
conv 64 7x7 s2 p3 nobias batchnorm
relu
pool 3x3 s2 p1${[[3, 64], [4, 128], [6, 256], [3, 512]].map(resnetStage).join("")}
global average
flatten
fc 1000`;

/** For each name: the title to choose it by, and its lines. */
export const PRESETS = Object.fromEntries(
  [
    ["lenet5", "LeNet-5", LENET5], ["alexnet", "AlexNet", ALEXNET], ["zfnet", "ZFNet", ZFNET],
    ["vgg16", "VGG-16", VGG16], ["googlenet", "GoogLeNet", GOOGLENET],
    ["resnet50", "ResNet-50", RESNET50],
  ].map(([name, title, text]) => [name, { title, lines: text.trim().split("\n") }]),
);
