# SPDX-License-Identifier: GPL-2.0-only
# First file: Kconfig. Second: .config, of which the last word on an option counts.
FNR == NR {
	if ($1 == "config") symbol = "CONFIG_" $2
	if ($1 == "depends") needs[symbol] = "CONFIG_" $3
	next
}
{
	name = $0
	sub(/=.*/, "", name)
	sub(/^# /, "", name)
	sub(/ is not set$/, "", name)
	line[name] = $0
}
END {
	for (name in line)
		if (!(name in needs) || line[needs[name]] ~ /=y/)
			print line[name]
}
