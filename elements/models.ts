export { Box } from "./box/model.ts";
export { Button } from "./button/model.ts";
export { Chart, type ChartRow, type ChartSeries } from "./chart/model.ts";
export { Html } from "./html/model.ts";
export { Image } from "./image/model.ts";
export { Input } from "./input/model.ts";
export { List } from "./list/model.ts";
export { Svg, SvgShape } from "./svg/model.ts";
export { Text } from "./text/model.ts";
