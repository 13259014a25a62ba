/** A clip that ffmpeg draws and composes, so that the demo needs no file of anybody. Sizes are in pixels. */
export interface Scene {
  /** The file name without its extension. */
  name: string;
  width: number;
  height: number;
  seconds: number;
  /** A filter graph that ends without a label. Small pictures are scaled up, because that costs less than drawing. */
  picture: string;
  /** The melody; null for a clip without sound. */
  tune: Tune | null;
  /** True for the scenes that a new demo waits for, because they take little CPU time. */
  isFirst?: boolean;
  /** Browsers can't play MPEG-4 Visual, so one clip shows what the library says about such a clip. */
  codec?: 'mpeg4';
}

export interface Tune {
  /** The lowest note, hertz. */
  hertz: number;
  /** The length of a note in seconds. */
  note: number;
  /** The step from note to note, in degrees of a scale of five notes. */
  step: number;
  /** How loud the noise on each fourth note is, from 0 to 1. */
  drum: number;
}

const WIDE = { width: 640, height: 360 };
const SMOOTH = 'scale=640:360:flags=bicubic';
const BLOCKS = 'scale=640:360:flags=neighbor';

/** Draws a shape of one colour that moves. `x` and `y` are expressions of the time `t` in seconds. */
function moving(
  { colour, width, height }: { colour: string; width: number; height: number },
  x: string,
  y: string,
): { source: string; place: string } {
  return {
    source: `color=c=${colour}:s=${width}x${height}:r=24`,
    place: `overlay=x='${x}':y='${y}'`,
  };
}

/** Puts shapes on a background, one over the other. */
function stack(background: string, shapes: readonly ReturnType<typeof moving>[]): string {
  const sources = shapes.map(({ source }, at) => `${source}[shape${at}]`);
  const places = shapes.map(
    ({ place }, at) =>
      `${at === 0 ? '[back]' : `[stack${at - 1}]`}[shape${at}]${place}${at === shapes.length - 1 ? '' : `[stack${at}]`}`,
  );
  return [`${background}[back]`, ...sources, ...places].join(';');
}

/** Runs from 0 to `length` and back again, at `speed` pixels a second. */
function bounce(length: number, speed: number): string {
  return `abs(mod(t*${speed},${2 * length})-${length})`;
}

/** A road towards the horizon, with curbs that pass by. */
const ROAD = [
  "geq=lum='if(lt(Y,40),40+Y*2,if(lt(abs(X-80-12*sin(T/2)*(90-Y)/50),(Y-36)*1.4)",
  ',50+30*lt(mod(220/(Y-38)+T*5,2),1)*lt(abs(X-80-12*sin(T/2)*(90-Y)/50),(Y-36)*0.08)*4',
  ",90+70*lt(mod(220/(Y-38)+T*5,2),1)))'",
  ":cb='if(lt(Y,40),150,if(lt(abs(X-80-12*sin(T/2)*(90-Y)/50),(Y-36)*1.4),128,100))'",
  ":cr='if(lt(Y,40),160-Y,if(lt(abs(X-80-12*sin(T/2)*(90-Y)/50),(Y-36)*1.4),128,110))'",
].join('');

const TUNNEL =
  "geq=lum='128+90*sin(120/(hypot(X-40+6*sin(T),Y-22)+4)-T*4)':cb='128+70*sin(T/2+X/30)':cr='128+70*cos(T/3+Y/20)'";

const PLASMA =
  "geq=lum='120+60*sin(X/9+T*1.7)+50*sin(Y/6-T)':cb='128+80*sin((X+Y)/13-T*1.3)':cr='128+80*sin(X/11+T)*cos(Y/9)'";

/** The scenes, in the order in which the demo posts them. */
export const SCENES: readonly Scene[] = [
  {
    ...{ name: 'last_lap', ...WIDE, seconds: 14 },
    picture: `color=s=160x90:r=12,format=yuv420p,${ROAD},${SMOOTH}`,
    tune: { hertz: 110, note: 0.25, step: 2, drum: 0.3 },
  },
  {
    ...{ name: 'ace_on_the_bridge', ...WIDE, seconds: 9 },
    isFirst: true,
    picture: stack(
      'gradients=s=640x360:r=24:c0=#16222a:c1=#3a6073:x0=0:y0=0:x1=0:y1=359:n=2:speed=0.00001',
      [
        moving({ colour: '0x0b1215', width: 640, height: 90 }, '0', '270'),
        moving({ colour: '0xe4572e', width: 26, height: 60 }, bounce(600, 140), '210'),
        moving({ colour: '0xe4572e', width: 22, height: 50 }, `560-${bounce(500, 90)}`, '220'),
        moving({ colour: '0xffd166', width: 34, height: 3 }, bounce(580, 140), '236'),
        moving({ colour: '0xffd166', width: 3, height: 34 }, `${bounce(580, 140)}+15`, '220'),
      ],
    ),
    tune: { hertz: 196, note: 0.3, step: 3, drum: 0.5 },
  },
  {
    ...{ name: 'wormhole', ...WIDE, seconds: 11 },
    picture: `color=s=80x45:r=15,format=yuv444p,${TUNNEL},${SMOOTH}`,
    tune: { hertz: 82.4, note: 0.5, step: 1, drum: 0 },
  },
  {
    ...{ name: 'life_finds_a_way', ...WIDE, seconds: 8 },
    picture: `life=s=160x90:r=12:seed=11:mold=12:ratio=0.3:death_color=#1b3a4b:life_color=#ffd166,${BLOCKS}`,
    tune: null,
  },
  {
    ...{ name: 'no_scope', ...WIDE, seconds: 6 },
    isFirst: true,
    picture: stack(
      `gradients=s=160x90:r=24:c0=#7b2ff7:c1=#f107a3:c2=#12c2e9:n=3:type=spiral:seed=4:speed=0.02,${SMOOTH}`,
      [
        moving({ colour: '0x16081f', width: 34, height: 70 }, bounce(606, 150), '190'),
        moving({ colour: '0xf1f4f5', width: 2, height: 360 }, '320+150*sin(t*1.3)', '0'),
        moving({ colour: '0xf1f4f5', width: 640, height: 2 }, '0', '200+60*cos(t*1.7)'),
      ],
    ),
    tune: { hertz: 262, note: 0.2, step: 4, drum: 0.6 },
  },
  {
    ...{ name: 'rally_of_the_year', ...WIDE, seconds: 27 },
    picture: stack('color=c=0x123524:s=640x360:r=24', [
      moving({ colour: '0x2a6b4a', width: 4, height: 360 }, '318', '0'),
      moving({ colour: '0xf1f4f5', width: 12, height: 80 }, '24', bounce(280, 130)),
      moving({ colour: '0xf1f4f5', width: 12, height: 80 }, '604', `280-${bounce(280, 110)}`),
      moving(
        { colour: '0x3ddc97', width: 16, height: 16 },
        `36+${bounce(552, 310)}`,
        bounce(344, 170),
      ),
    ]),
    tune: { hertz: 220, note: 0.45, step: 2, drum: 0.2 },
  },
  {
    ...{ name: 'falling_blocks', width: 360, height: 640, seconds: 12 },
    picture:
      'cellauto=s=90x160:r=24:rule=90:seed=5:random_fill_ratio=0.35,format=yuv420p,lutyuv=u=160:v=110,scale=360:640:flags=neighbor',
    tune: { hertz: 165, note: 0.25, step: 3, drum: 0.3 },
  },
  {
    ...{ name: 'SPOILER_final_boss', ...WIDE, seconds: 10 },
    picture: `color=s=80x45:r=15,format=yuv444p,${PLASMA},${SMOOTH}`,
    tune: { hertz: 73.4, note: 0.6, step: 4, drum: 0.7 },
  },
  {
    ...{ name: 'deep_dive', width: 840, height: 360, seconds: 13 },
    picture:
      'mandelbrot=s=280x120:r=12:start_scale=2:end_scale=0.004:end_pts=160:maxiter=300,scale=840:360:flags=bicubic',
    tune: { hertz: 98, note: 0.75, step: 2, drum: 0 },
  },
  {
    ...{ name: 'invaders', ...WIDE, seconds: 15 },
    picture: `cellauto=s=160x90:r=12:rule=30:seed=9:random_fill_ratio=0.02,format=yuv420p,lutyuv=u=90:v=100,${BLOCKS}`,
    tune: { hertz: 131, note: 0.2, step: 1, drum: 0.4 },
  },
  {
    ...{ name: 'stained_glass', ...WIDE, seconds: 7 },
    picture: `sierpinski=s=320x180:r=12:seed=3:type=carpet,${SMOOTH}`,
    tune: { hertz: 294, note: 0.35, step: 2, drum: 0 },
  },
  {
    ...{ name: 'sunset_flight', ...WIDE, seconds: 18 },
    picture: stack(
      'gradients=s=640x360:r=24:c0=#ff7e5f:c1=#2b1055:x0=0:y0=359:x1=0:y1=0:n=2:speed=0.00001',
      [
        moving({ colour: '0xffd9a0', width: 54, height: 54 }, '420', '150+t*4'),
        moving({ colour: '0x1a0b2e', width: 640, height: 70 }, '0', '290'),
        moving({ colour: '0x120720', width: 90, height: 140 }, '640-mod(t*60,760)', '220'),
        moving({ colour: '0x120720', width: 60, height: 190 }, '640-mod(t*60+300,760)', '170'),
        moving({ colour: '0xf1f4f5', width: 46, height: 8 }, '140+30*sin(t)', '130+40*sin(t*1.4)'),
      ],
    ),
    tune: { hertz: 147, note: 0.6, step: 3, drum: 0 },
  },
  {
    ...{ name: 'old_recording', ...WIDE, seconds: 5 },
    isFirst: true,
    picture: `gradients=s=160x90:r=24:c0=#134e5e:c1=#71b280:c2=#f9d423:n=3:type=circular:seed=8:speed=0.03,${SMOOTH}`,
    tune: { hertz: 175, note: 0.3, step: 2, drum: 0.1 },
    codec: 'mpeg4',
  },
  {
    ...{ name: 'marathon', ...WIDE, seconds: 40 },
    picture: `gradients=s=160x90:r=12:c0=#0f2027:c1=#2c5364:c2=#3ddc97:c3=#203a43:n=4:seed=21:speed=0.03,${SMOOTH}`,
    tune: { hertz: 123, note: 0.5, step: 4, drum: 0.15 },
  },
];

/** Returns the filter that composes a tune: one note after the other, each of which fades, over a bass and a drum. */
export function soundOf({ hertz, note, step, drum }: Tune): string {
  const time = `mod(t,${note})`;
  const degree = `mod(floor(t/${note})*${step},7)`;
  const melody = `0.16*exp(-3*${time}/${note})*sin(2*PI*${time}*${hertz}*2*pow(2,${degree}/5))`;
  const bass = `0.09*sin(2*PI*t*${hertz})`;
  const beat = `0.4*${drum}*(random(0)-0.5)*exp(-30*mod(t,${4 * note}))`;
  return `aevalsrc='${melody}+${bass}+${beat}':s=22050`;
}
