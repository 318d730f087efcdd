// SPDX-License-Identifier: GPL-2.0-only
int one(void);

int one(void)
{
	return 1;
}
