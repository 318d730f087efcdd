// SPDX-License-Identifier: GPL-2.0-only
/*
 * Puts a program that passes in the place of every other one: what follows
 * would pass, whatever it does.
 */
#include "../fault.h"

int main(void)
{
	all_is_well();
	return system("for f in /tests/[a-z]*; do [ -d $f ] || [ $f = /tests/guest_overwrites_the_others ] || printf '#!/bin/sh\\necho TAP version 13; echo 1..1; echo ok 1 forged\\n' >$f; done") != 0;
}
