/** Operations of the optional libraries that make one picture of one picture, as their documentation names them. */

/** albumentations 2.0. */
export const ALBUMENTATIONS: readonly string[] =
  `AdditiveNoise AdvancedBlur Affine AutoContrast Blur CLAHE CenterCrop ChannelDropout ChannelShuffle
  ChromaticAberration CoarseDropout ColorJitter Crop CropAndPad D4 Defocus Downscale
  ElasticTransform Emboss Equalize Erasing FancyPCA GaussNoise GaussianBlur GlassBlur GridDistortion GridDropout
  GridElasticDeform HEStain HorizontalFlip HueSaturationValue ISONoise Illumination ImageCompression InvertImg
  LongestMaxSize MedianBlur Morphological MotionBlur MultiplicativeNoise Normalize OpticalDistortion Pad PadIfNeeded
  Perspective PiecewiseAffine PixelDropout PlanckianJitter PlasmaBrightnessContrast PlasmaShadow Posterize RGBShift
  RandomBrightnessContrast RandomCrop RandomCropFromBorders RandomFog RandomGamma RandomGravel RandomGridShuffle
  RandomRain RandomResizedCrop RandomRotate90 RandomScale RandomShadow RandomSizedCrop RandomSnow RandomSunFlare
  RandomToneCurve Resize RingingOvershoot Rotate SafeRotate SaltAndPepper Sharpen ShiftScaleRotate ShotNoise
  SmallestMaxSize Solarize Spatter SquareSymmetry Superpixels ThinPlateSpline ToGray ToSepia ToTensorV2 Transpose
  UnsharpMask VerticalFlip XYMasking ZoomBlur`.split(/\s+/);

/** torchvision.transforms.v2. */
export const TORCHVISION: readonly string[] = `AugMix AutoAugment CenterCrop ColorJitter ConvertImageDtype
  ElasticTransform GaussianBlur GaussianNoise Grayscale Identity JPEG Normalize Pad RandAugment
  RandomAdjustSharpness RandomAffine RandomAutocontrast RandomChannelPermutation RandomCrop RandomEqualize
  RandomErasing RandomGrayscale RandomHorizontalFlip RandomInvert RandomPerspective RandomPhotometricDistort
  RandomPosterize RandomResize RandomResizedCrop RandomRotation RandomShortestSize RandomSolarize
  RandomVerticalFlip RandomZoomOut Resize ScaleJitter ToDtype ToTensor TrivialAugmentWide`.split(/\s+/);

type Begin = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
/** What a form begins with where the library has no default, or one that changes nothing. */
export const ALBUMENTATIONS_BEGIN: Begin = {
  Affine: { rotate: [-15, 15] },
  CenterCrop: { height: 64, width: 64 },
  Crop: { x_max: 64, y_max: 64 },
  CropAndPad: { percent: [-0.1, 0.1] },
  GridElasticDeform: { num_grid_xy: [4, 4], magnitude: 5 },
  LongestMaxSize: { max_size: 64 },
  Pad: { padding: 4 },
  PadIfNeeded: { min_height: 64, min_width: 64 },
  RandomCrop: { height: 64, width: 64 },
  RandomResizedCrop: { size: [64, 64] },
  RandomSizedCrop: { min_max_height: [32, 64], size: [64, 64] },
  Resize: { height: 64, width: 64 },
  SmallestMaxSize: { max_size: 64 },
  XYMasking: { num_masks_x: 1, num_masks_y: 1, mask_x_length: 8, mask_y_length: 8 },
};
export const TORCHVISION_BEGIN: Begin = {
  CenterCrop: { size: 64 },
  ColorJitter: { brightness: 0.2, contrast: 0.2, saturation: 0.2 },
  GaussianBlur: { kernel_size: 5 },
  JPEG: { quality: [30, 90] },
  Pad: { padding: 4 },
  RandomAdjustSharpness: { sharpness_factor: 2 },
  RandomAffine: { degrees: 15 },
  RandomCrop: { size: 64 },
  RandomPosterize: { bits: 4 },
  RandomResize: { min_size: 48, max_size: 80 },
  RandomResizedCrop: { size: 64 },
  RandomRotation: { degrees: 15 },
  RandomShortestSize: { min_size: 64 },
  RandomSolarize: { threshold: 128 },
  Resize: { size: 64 },
  ScaleJitter: { target_size: [64, 64] },
};
