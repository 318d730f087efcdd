// SPDX-License-Identifier: GPL-2.0-only
#include "../fault.h"

int main(void)
{
	all_is_well();
	fault("taint");
	return 0;
}
