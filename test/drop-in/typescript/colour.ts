export enum Colour {
  Red,
  Blue,
}
