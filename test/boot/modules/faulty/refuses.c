// SPDX-License-Identifier: GPL-2.0-only
/* Its init fails. */
#include <linux/init.h>
#include <linux/module.h>

static int __init refuses_init(void)
{
	pr_err("refuses: there is no device\n");
	return -ENODEV;
}

module_init(refuses_init);
MODULE_DESCRIPTION("Refuses");
MODULE_LICENSE("GPL");
