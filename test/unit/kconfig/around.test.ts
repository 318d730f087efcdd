// SPDX-License-Identifier: MIT
import { expect, test } from 'vitest';
import { conditionsAt } from '../../../harness/kconfig/around.ts';

const KCONFIG = `menu "Systems"
	depends on BLOCK
config ONE
	bool "One"
	depends on OTHER
	help
	  What follows is text:

	  if it were none, it would be a block
	    menu
	  choice
if NETWORK && !TINY
menuconfig FILES
	bool "Files"
	depends on NET
if FILES
source "fs/9p/Kconfig"
endif
endif
source "fs/more/Kconfig"
endmenu
choice
	prompt "Which"
	depends on EXPERT
config TWO
	bool "Two"
endchoice
config LAST
	bool "Last"
`;
const at = (text: string): readonly string[] =>
  conditionsAt(KCONFIG, KCONFIG.split('\n').findIndex((line) => line.includes(text)) + 1);

test.for([
  ['config ONE', ['BLOCK']],
  ['fs/9p', ['BLOCK', 'NETWORK && !TINY', 'FILES']],
  ['fs/more', ['BLOCK']],
  ['config TWO', ['EXPERT']],
  ['config LAST', []],
] as const)('%s stands under the blocks around it', ([text, conditions]) => {
  expect(at(text)).toEqual(conditions);
});
