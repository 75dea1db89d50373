/** How far the read model has come. */
export interface ProjectionMark {
  /** Everything up to here is applied. */
  readonly watermark: number;
  /** Something beyond the watermark is applied too: what lies between is missing. */
  readonly hasGap: boolean;
}
