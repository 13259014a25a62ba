// The words of the invented archive. Earlier words of a list are more frequent than later words.

const list = (words: string): string[] => words.trim().split(/\s+/);

/** What people write about their clips. */
export const COMMON_WORDS = list(`
  the a to and i this of it was in on that is my for so we with at you he just me clip not but one what how no they all
  ace clutch out like up get team kill last got from guy did game look round shot first when win time then never still
  only after be his lucky wait play their her too back down watch lol lmao gg wp ok bro man dude bruh why can go do will
  if overtime goal save jump trick flick headshot snipe sniper spray smoke flash bomb plant defuse rush push peek corner
  bug glitch hacker lag ping server patch update ranked casual match lobby queue finals final semi quarter half turn
  dragon baron tower nexus jungle mid lane support healer tank boss raid dungeon loot drop legendary epic rare chest key
  door window roof wall bridge river desert snow forest island castle city bank casino heist car bike truck plane boat
  race drift crash corner lap record speed run runner world best worst ever insane crazy wild funny fail epic moment
  reaction laugh scream voice chat mic muted music song dance emote skin knife sword bow arrow gun rifle pistol shotgun
  rocket grenade mine trap turret drone shield armor helmet potion spell ultimate combo parry dodge roll block counter
  perfect clean dirty close far near high low left right behind above below under over again twice three four five six
  seven eight nine ten hundred thousand million points score board leader ladder climb fall fell dead alive revive heal
  saved stolen steal robbed lost found hidden secret easter egg hunt seeker ghost zombie robot alien wizard knight ninja
  pirate king queen prince horse dog cat bird fish bear wolf fox shark spider snake bee cow pig sheep chicken duck
  morning night yesterday today tomorrow weekend monday friday stream streamer viewer sub mod chat donation raid host
  keyboard mouse controller screen monitor fps frames drop stutter driver crash reboot install download update patchnotes
  tournament qualifier bracket seed upset underdog rivals champion trophy medal gold silver bronze podium coach captain
  rotation strategy callout timing spacing economy eco force buy save retake hold flank lurk entry trade refrag bait
  unreal unbelievable impossible ridiculous disgusting beautiful gorgeous smooth silky crispy nasty filthy sick cracked
  washed goated carried boosted smurf rookie veteran legend beginner tutorial practice aim training warmup scrim
`);

export const CYRILLIC_WORDS = list(`
  это и в не на я что как клатч эйс клип матч раунд победа дракон удача смотри момент снайпер гол команда друг игра
  лучший последний невероятно красиво повезло опять вчера ночью прыжок выстрел босс рейд сервер лаги жук башня
`);

/** Japanese is written without spaces, so these are phrases. */
export const JAPANESE_WORDS = list(`
  クラッチ 神プレイ 最後のラウンド 勝った 負けた やばい すごい ドラゴン ボス戦 初見クリア 奇跡 逆転 今日のクリップ
  世界記録 おつかれ ありがとう 笑った バグ ラグ 東京
`);

export const KOREAN_WORDS = list(
  `클러치 에이스 마지막 라운드 승리 용 보스 레이드 대박 미쳤다 오늘 어제 게임 친구 역전`,
);

export const GREEK_WORDS = list(
  `νίκη γύρος τελευταίος δράκος τύχη απίστευτο παιχνίδι φίλοι σήμερα`,
);

export const ARABIC_WORDS = list(`لقطة فوز الجولة الأخيرة تنين حظ لعبة صديق اليوم رائع`);

export const ACCENTED_WORDS = list(`
  über schön größer Rückkehr Überraschung letzte Runde Glück Schüsse für die Mannschaft déjà vu énorme dernière manche
  victoire à côté garçon señor último año corazón rápido ação coração não łódź zwycięstwo świetny ostatnia runda smrt
  čistě štěstí vítězství çok güzel şans son maç
`);

export const EMOJI = list('🔥 😂 💀 🎉 🐉 🏆 👀 🫡 ❤️ 👨‍👩‍👧');

/** Parts of invented words: names of maps, typing errors, inside jokes. */
export const SYLLABLES = list(`
  ka zu mor vel tri nox al qua shi ber dro fen gil hex jor kin lum mir nar oth pax rin sol tam ul vex wyn xan yor zed
`);

export const GAMES = list(`
  Valorant Counter-Strike_2 Overwatch_2 League_of_Legends Rocket_League Apex_Legends Fortnite Minecraft Elden_Ring
  Dead_by_Daylight Helldivers_2 Rainbow_Six_Siege Dota_2 Street_Fighter_6 Sea_of_Thieves Rust Escape_from_Tarkov Palworld
  Lethal_Company Baldur’s_Gate_3 Hunt:_Showdown GTA_V Forza_Horizon_5 Pokémon_Unite Super_Smash_Bros. World_of_Warcraft
  Final_Fantasy_XIV Genshin_Impact Deep_Rock_Galactic Phasmophobia Terraria Factorio Trackmania osu! Tekken_8
  The_Finals Marvel_Rivals Deadlock Splatoon_3 Among_Us
`).map((name) => name.replaceAll('_', ' '));

/** A game that people played only when the archive was young. */
export const FORGOTTEN_GAME = 'Kettlemarsh';

export const CHANNEL_NAMES = list(`
  clips overtime-clips highlights funny-moments fails wins old-clips ranked raids speedruns valorant counter-strike
  rocket-league minecraft racing retro-nights horror movie-night pets cooking music art vr fighting-games
  клипы クリップ best-of-2023 best-of-2024 staff-picks shorts long-clips trailers testing bots memes plays-of-the-week
  clutch-or-kick aces no-scopes glitches speed-demons duo-queue squads solo kids parents late-night early-birds
`);

export const THREAD_NAMES = [
  'Finals 2024',
  'Best aces of the year',
  'Boss raid, first clear',
  'Zuschauerliebling: Übersteiger',
  'Клипы недели',
];

/** The usernames of the most active posters, each with the names that the poster had before. */
export const KNOWN_POSTERS: readonly (readonly string[])[] = [
  ['soho', 'soho_old'],
  ['mia.plays', 'mia', 'little_mia'],
  ['_juno', 'juno.of.floor9'],
  ['marlow'],
  ['edge_of_night', 'edgelord'],
  ['кирилл', 'kirill_77'],
  ['さくら', 'sakura.exe'],
  ['bartholomew', 'bart'],
  ['zoë', 'zoe_b'],
  ['quickscope_karl', 'karl'],
  ['nightowl'],
  ['pavlos', 'πάβλος'],
  ['teaandtoast', 'toast'],
  ['x_ace_x', 'ace_hunter', 'not_ace'],
  ['grandma_gamer'],
  ['lukcy', 'lucky'],
];

export const NAME_STARTS = list(`
  red blue dark silent tiny mad lazy hyper sleepy frosty golden rusty neon salty spicy cosmic pixel turbo ghost lone
`);

export const NAME_ENDS = list(`
  fox wolf panda raven tiger otter falcon comet wizard knight ninja pirate taco waffle noodle potato rocket viper moose
`);
