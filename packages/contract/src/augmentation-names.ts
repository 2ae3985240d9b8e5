/** Operations of the optional libraries that make one picture of one picture, as their documentation names them. */

/** albumentations 2.0. */
export const ALBUMENTATIONS: readonly string[] =
  `AdditiveNoise AdvancedBlur Affine AutoContrast Blur CLAHE CenterCrop ChannelDropout ChannelShuffle
  ChromaticAberration CoarseDropout ColorJitter ConstrainedCoarseDropout Crop CropAndPad D4 Defocus Downscale
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
