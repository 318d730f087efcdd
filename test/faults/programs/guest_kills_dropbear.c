// SPDX-License-Identifier: GPL-2.0-only
/* Kills every dropbear: init switches the machine off. */
#include "../fault.h"

int main(void)
{
	all_is_well();
	return system("killall -9 dropbear; sleep 100") != 0;
}
